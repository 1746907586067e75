/** The frame that a terminal shows while a workflow runs. */
import { createLogUpdate } from 'log-update';
import type { Step } from '../contract/entities.js';
import { accuracyChart, bar } from './chart.js';
import type { Context } from './context.js';
import { type FollowState, metricsInOrder, remainingMs, stepsInOrder } from './follow-state.js';
import type { FollowView } from './follow-view.js';
import type { Paint } from './paint.js';
import { cut } from './table.js';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

export interface FrameOptions {
  width: number;
  height: number;
  /** Counts frames, for the spinner. */
  tick: number;
  nowMs: number;
  paint: Paint;
}

/** Steps with badge and time, the bar of the epochs and the chart, no wider and no higher than the terminal. */
export function renderFrame(context: Context, state: FollowState, options: FrameOptions): string {
  const lines = stepsInOrder(state).flatMap((step) => stepLines(context, state, step, options));
  const metrics = metricsInOrder(state);
  const last = metrics.at(-1);
  const { texts, format } = context;
  if (last) {
    const barWidth = Math.max(8, Math.min(30, options.width - 50));
    const remaining = remainingMs(state, options.nowMs);
    const parts = [
      bar(last.epoch / state.epochs, barWidth, options.paint),
      context.say(texts.follow.epoch, { epoch: String(last.epoch), epochs: String(state.epochs) }),
      remaining !== null && last.epoch < state.epochs
        ? context.say(texts.follow.eta, { time: format.duration(Math.ceil(remaining / 1000) * 1000) })
        : '',
    ];
    lines.push(`  ${parts.filter((part) => part !== '').join('  ')}`, '');
    const room = options.height - lines.length - 4;
    if (room >= 4 && options.width >= 30) {
      lines.push(
        `${texts.follow.accuracy}  ${texts.follow.trainSplit} ${options.paint.cyan(format.share(last.trainAccuracy))}  ${texts.follow.validationSplit} ${options.paint.yellow(format.share(last.validationAccuracy))}`,
        accuracyChart(metrics, {
          width: options.width - 1,
          height: Math.min(10, room),
          epochs: state.epochs,
          paint: options.paint,
          share: format.share,
          names: { train: texts.follow.trainSplit, validation: texts.follow.validationSplit },
        }),
      );
    }
  }
  return lines.join('\n');
}

function stepLines(context: Context, state: FollowState, step: Step, options: FrameOptions): string[] {
  const { terms, texts, format } = context;
  const { paint } = options;
  const badge = badgeOf(step.status, options);
  const name = terms.steps[step.name].padEnd(Math.max(...Object.values(terms.steps).map((one) => one.length)) + 2);
  const running = step.status === 'RUNNING' && step.startedAt !== null;
  const time =
    step.durationMs !== null && !running
      ? format.duration(step.durationMs)
      : running && step.startedAt
        ? format.duration(Math.max(0, Math.floor((options.nowMs - Date.parse(step.startedAt)) / 1000) * 1000))
        : '';
  const details = [
    step.attempt > 1 ? context.say(texts.follow.attempt, { attempt: String(step.attempt) }) : '',
    progressOf(context, step),
    step.status !== 'RUNNING' && step.retryAt !== null
      ? context.say(texts.follow.retryAt, {
          seconds: String(Math.max(0, Math.ceil((Date.parse(step.retryAt) - options.nowMs) / 1000))),
        })
      : '',
  ].filter((text) => text !== '');
  const status = terms.stepStatus[step.status];
  const line = [`${badge} ${name}${status}`, time, ...details].filter((text) => text !== '').join('  ');
  const error =
    step.error && state.status !== 'COMPLETED' ? [paint.red(cut(`    ${step.error.message}`, options.width - 1))] : [];
  return [line, ...(step.status === 'COMPLETED' ? [] : error)];
}

function badgeOf(status: Step['status'], { paint, tick }: FrameOptions): string {
  switch (status) {
    case 'COMPLETED':
      return paint.green('✔');
    case 'FAILED':
      return paint.red('✖');
    case 'CANCELLED':
      return paint.yellow('⊘');
    case 'RUNNING':
      return paint.cyan(spinner[tick % spinner.length] ?? '');
    case 'QUEUED':
      return paint.blue('◔');
    case 'PENDING':
      return paint.dim('○');
  }
}

function progressOf(context: Context, step: Step): string {
  const { progress } = step;
  if (step.status !== 'RUNNING' || !progress || progress.unit === 'epochs') return '';
  const { format, texts } = context;
  if (progress.unit === 'bytes') {
    return context.say(texts.follow.bytes, { done: format.bytes(progress.done), total: format.bytes(progress.total) });
  }
  return context.say(texts.follow.rows, { done: format.number(progress.done), total: format.number(progress.total) });
}

/** Draws on stderr ten times a second; what is noted meanwhile stays above the frame. */
export function createLiveView(context: Context): FollowView {
  const { stderr } = context.program;
  const update = createLogUpdate(stderr);
  let state: FollowState | null = null;
  let tick = 0;
  const draw = () => {
    if (!state) return;
    tick += 1;
    update(
      renderFrame(context, state, {
        width: stderr.columns ?? 80,
        height: stderr.rows ?? 24,
        tick,
        nowMs: Date.now(),
        paint: context.notePaint,
      }),
    );
  };
  const timer = setInterval(draw, frameMs);
  return {
    show(next) {
      state = next;
    },
    note(text) {
      update.persist(text);
    },
    close() {
      clearInterval(timer);
      draw();
      update.done();
    },
  };
}
