/** One workflow in full, for `show` and `compose`. */
import type { Workflow } from '../contract/entities.js';
import type { Context } from './context.js';
import { printable } from './paint.js';
import { renderPairs, renderTable } from './table.js';

export function renderDetails(context: Context, workflow: Workflow): string {
  const { texts, terms, format, paint } = context;
  const { show } = texts;
  const head = renderPairs([
    [show.name, paint.bold(printable(workflow.name))],
    [show.status, terms.workflowStatus[workflow.status]],
    [show.dataset, `${printable(workflow.dataset.fileName)} (${format.bytes(workflow.dataset.sizeBytes)})`],
    [show.created, format.time(workflow.createdAt)],
    workflow.owner === '' ? null : [show.owner, workflow.owner],
    workflow.priority === 5 ? null : [show.priority, String(workflow.priority)],
    workflow.durationMs === null ? null : [show.duration, format.duration(workflow.durationMs)],
    workflow.origin === null ? null : [show.origin, originOf(context, workflow.origin)],
  ]);
  const config = `${paint.bold(show.config)}\n${renderPairs(configPairs(context, workflow))}`;
  return [head, `${paint.bold(show.steps)}\n${stepsTable(context, workflow)}`, config].join('\n\n');
}

export function configPairs(context: Context, { config, ignored }: Workflow): [string, string][] {
  const { texts, terms } = context;
  const pairs: [string, string][] = [
    [texts.show.model, `${config.model} – ${terms.models[config.model]}`],
    [texts.show.target, printable(config.target)],
    ...Object.entries(config.params).map(([name, value]): [string, string] => [name, textOf(value)]),
    ['missing', config.preprocessing.missing],
    ['stratify', String(config.preprocessing.stratify)],
  ];
  for (const [column, options] of Object.entries(config.preprocessing.columns)) {
    pairs.push([`columns.${printable(column)}`, textOf(options)]);
  }
  for (const [name, value] of Object.entries(config.preprocessing.reading))
    pairs.push([`reading.${name}`, textOf(value)]);
  if (ignored.length > 0) pairs.push([texts.show.ignored, ignored.join(', ')]);
  return pairs;
}

const textOf = (value: unknown): string => printable(typeof value === 'string' ? value : JSON.stringify(value));

function originOf(context: Context, origin: NonNullable<Workflow['origin']>): string {
  const { show } = context.texts;
  switch (origin.kind) {
    case 'restart':
      return context.say(show.restartOf, { from: String(origin.from) });
    case 'compose':
      return context.say(show.composedOf, {
        datasetFrom: String(origin.datasetFrom),
        configFrom: String(origin.configFrom),
      });
  }
}

function stepsTable(context: Context, { steps }: Workflow): string {
  const { texts, terms, format, paint } = context;
  const { show } = texts;
  const head = [show.step, show.status, show.started, show.duration, show.attempts, show.worker].map(paint.dim);
  const rows = steps.map((step) => [
    terms.steps[step.name],
    terms.stepStatus[step.status],
    step.startedAt === null ? '' : format.time(step.startedAt),
    step.durationMs === null ? '' : format.duration(step.durationMs),
    step.attempt === 0 ? '' : String(step.attempt),
    step.worker ?? '',
  ]);
  return renderTable(head, rows, ['left', 'left', 'left', 'right', 'right', 'left']);
}
