/** One frame of `zincir top`: what there is room for, the most pressing first. */
import { fitTo, layOut } from '../columns.js';
import type { Context } from '../context.js';
import type { Paint } from '../paint.js';
import type { TopSnapshot } from './snapshot.js';
import { queueRows, type Rows, taskRows, workerRows, workflowRows } from './tables.js';

export interface FrameOptions {
  width: number;
  /** Lines; infinite where the whole is printed. */
  height: number;
  nowMs: number;
  paint: Paint;
  /** What went wrong with the last look at the server; the frame shows the one before. */
  trouble: string | null;
  /** Where the server is. */
  url: string;
}

/** Queues are few, and shown whole; the others share what is left. */
export function renderTop(context: Context, snapshot: TopSnapshot, options: FrameOptions): string[] {
  const { texts, paint } = { texts: context.texts.top, paint: options.paint };
  const { queue, workers, running, failures } = snapshot;
  const present = workers.items.filter(({ status }) => status !== 'offline');
  const active = workers.items.flatMap((worker) => worker.active);
  const fixed = [headline(context, snapshot, options), ...warnings(snapshot, options)];
  const sections = [
    section(texts.noQueues, queueRows(context, queue.queues, paint)),
    section(texts.noWorkers, workerRows(context, present, paint, options.nowMs)),
    section(texts.noWorkflows, workflowRows(context, running.items, active, paint, options.nowMs), running.total),
    section(texts.noFailures, taskRows(context, failures, paint)),
  ];
  const isScreen = Number.isFinite(options.height);
  const footer = isScreen ? [paint.dim(texts.keys)] : [];
  // Before each section a blank line, and its head.
  const room = options.height - fixed.length - footer.length - 2 * sections.length;
  const shares = shareRoom(
    sections.map(({ rows }) => Math.max(1, rows.rows.length)),
    room,
  );
  const lines = [...fixed];
  for (const [place, { empty, rows, total }] of sections.entries()) {
    const share = shares[place] ?? 0;
    if (share <= 0) continue;
    lines.push('', ...sectionLines(context, { empty, rows, total }, share, options));
  }
  const shown = lines.map((line) => fitTo(line, options.width));
  if (!isScreen) return shown;
  const above = shown.slice(0, Math.max(1, options.height - footer.length));
  return [...above, ...Array<string>(Math.max(0, options.height - above.length - footer.length)).fill(''), ...footer];
}

interface Section {
  /** What stands there when there is nothing to show. */
  empty: string;
  rows: Rows;
  /** How many there are, where not all were asked for. */
  total: number;
}

const section = (empty: string, rows: Rows, total = rows.rows.length): Section => ({ empty, rows, total });

function sectionLines(
  context: Context,
  { empty, rows, total }: Section,
  share: number,
  options: FrameOptions,
): string[] {
  const { paint, width } = options;
  const tooMany = total > share;
  const shown = rows.rows.slice(0, tooMany ? share - 1 : share);
  const [head = '', ...body] = layOut(rows.columns, shown, width);
  if (rows.rows.length === 0) body.push(paint.dim(empty));
  const left = total - shown.length;
  if (tooMany) body.push(paint.dim(context.say(context.texts.top.more, { count: left })));
  return [paint.bold(head), ...body];
}

/** Rows for each of those that want some: as many as they want while there is room, else in equal parts. */
export function shareRoom(wanted: readonly number[], room: number): number[] {
  const shares = wanted.map(() => 0);
  let left = Math.max(0, room);
  for (;;) {
    const hungry = wanted.flatMap((rows, place) => ((shares[place] ?? 0) < rows ? [place] : []));
    if (hungry.length === 0 || left <= 0) return shares;
    for (const place of hungry) {
      if (left <= 0) break;
      shares[place] = (shares[place] ?? 0) + 1;
      left -= 1;
    }
  }
}

function headline(context: Context, { workers, running, at }: TopSnapshot, { paint, url }: FrameOptions): string {
  const { totals } = workers;
  const { top } = context.texts;
  const parts = [
    paint.bold('Zincir'),
    url,
    context.say(top.workersOnline, { count: totals.online }),
    context.say(top.slotsTaken, { active: totals.active, slots: totals.slots }),
    context.say(top.running, { count: running.total }),
    paint.dim(new Date(at).toTimeString().slice(0, 8)),
  ];
  if (totals.lost > 0) parts.splice(3, 0, paint.red(context.say(top.workersLost, { count: totals.lost })));
  return parts.join('  ');
}

function warnings({ queue }: TopSnapshot, { paint, trouble }: FrameOptions): string[] {
  const told = [...queue.warnings, ...queue.queues.flatMap((each) => each.warnings)];
  const lines = told.slice(0, 3).map(({ message }) => paint.yellow(`! ${message}`));
  return trouble === null ? lines : [paint.red(`! ${trouble}`), ...lines];
}
