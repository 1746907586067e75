/** The closing summary of a workflow. */
import type { TrainingResult, Workflow } from '../contract/entities.js';
import type { Context } from './context.js';
import { printable } from './paint.js';
import { cut, renderPairs, renderTable } from './table.js';

/** Confusion matrices of more classes are wider than a terminal. */
const matrixClasses = 12;
/** Figures of more classes push the accuracy out of a terminal. */
const figuresClasses = 30;

export interface SummaryOptions {
  /** Paths of the files that were saved, by name. */
  saved?: Readonly<Record<string, string>>;
  /** Address of the page, where a server that stays has one. */
  page?: string | null;
}

export function renderSummary(context: Context, workflow: Workflow, options: SummaryOptions = {}): string {
  const { texts, paint, format } = context;
  const title = context.say(texts.summary.title[workflow.status], {
    id: String(workflow.id),
    time: format.duration(workflow.durationMs ?? 0),
  });
  // Where the failure names its step, the title would say less of the same.
  const parts = workflow.error && failedStep(workflow) ? [] : [paint.bold(title)];
  if (workflow.error) parts.push(renderFailure(context, workflow));
  if (workflow.result) parts.push(...resultParts(context, workflow, workflow.result));
  const files = filesOf(context, workflow, options.saved ?? {});
  if (files !== '') parts.push(files);
  if (options.page) parts.push(renderPairs([[texts.summary.page, options.page]]));
  return parts.join('\n\n');
}

/** What happened, in which step, and what to do. */
export function renderFailure(context: Context, workflow: Workflow): string {
  const { texts, paint, terms } = context;
  if (!workflow.error) return '';
  const failed = failedStep(workflow);
  return [
    ...(failed
      ? [context.say(texts.errors.workflow, { id: String(workflow.id), step: terms.steps[failed.name] })]
      : []),
    `${paint.red(`${texts.errors.error} ${workflow.error.code}:`)} ${printable(workflow.error.message)}`,
    `${paint.cyan(`${texts.errors.hint}:`)} ${printable(workflow.error.hint)}`,
  ].join('\n');
}

const failedStep = ({ steps }: Workflow) => steps.find(({ status }) => status === 'FAILED');

function resultParts(context: Context, workflow: Workflow, result: TrainingResult): string[] {
  const { texts, format, paint } = context;
  const { summary } = texts;
  const pairs = renderPairs([
    [
      summary.accuracy,
      context.say(summary.accuracyLine, {
        validation: paint.bold(format.share(result.validationAccuracy)),
        train: format.share(result.trainAccuracy),
      }),
    ],
    [
      summary.bestEpoch,
      context.say(summary.bestEpochLine, {
        epoch: String(result.bestEpoch),
        epochs: String(workflow.epochs),
        accuracy: format.share(result.bestValidationAccuracy),
      }),
    ],
    [summary.rows, context.say(summary.rowsLine, result.rows)],
    [summary.features, format.number(result.features)],
  ]);
  if (result.classes.length > figuresClasses) {
    return [pairs, context.say(summary.classesTooMany, { classes: result.classes.length })];
  }
  return [pairs, matrixOf(context, result), perClassOf(context, result)];
}

function matrixOf(context: Context, result: TrainingResult): string {
  const { summary } = context.texts;
  if (result.classes.length > matrixClasses) {
    return context.say(summary.confusionTooLarge, { classes: result.classes.length });
  }
  const names = result.classes.map((label) => cut(printable(String(label)), 14));
  const rows = result.confusionMatrix.map((counts, row) => [
    names[row] ?? '',
    ...counts.map((count, column) => {
      const text = context.format.number(count);
      if (count === 0) return context.paint.dim(text);
      return row === column ? context.paint.green(text) : context.paint.red(text);
    }),
  ]);
  const title = context.say(summary.confusion, { rows: result.rows.validation });
  return `${title}\n${renderTable(['', ...names], rows, ['left', ...names.map(() => 'right' as const)])}`;
}

function perClassOf(context: Context, result: TrainingResult): string {
  const { summary } = context.texts;
  const share = (value: number) => context.format.number(value, 4);
  return renderTable(
    [summary.class, summary.precision, summary.recall, summary.f1, summary.support].map(context.paint.dim),
    result.perClass.map((figures) => [
      cut(printable(String(figures.class)), 30),
      share(figures.precision),
      share(figures.recall),
      share(figures.f1),
      context.format.number(figures.support),
    ]),
    ['left', 'right', 'right', 'right', 'right'],
  );
}

function filesOf(context: Context, workflow: Workflow, saved: Readonly<Record<string, string>>): string {
  const { texts, format } = context;
  if (workflow.artifacts.length === 0) return '';
  const lines = workflow.artifacts.map(({ name, sizeBytes }) => [saved[name] ?? name, format.bytes(sizeBytes)]);
  const hint =
    Object.keys(saved).length === 0 ? `\n${context.say(texts.summary.downloadWith, { id: String(workflow.id) })}` : '';
  return `${texts.summary.files}\n${renderTable([], lines, ['left', 'right'])}${hint}`;
}
