/** Requests and answers of the HTTP API that are not entities themselves, and its live events. */
import { z } from 'zod';
import { Dialect, WorkflowConfigInput } from './config.js';
import { Dataset, ErrorParamsSchema, LogLine, Metric, Step, WorkflowStatus, WorkflowSummary } from './entities.js';
import { errorCodes } from './errors.js';
import { ModelCode } from './models.js';

/** Largest number of a row, and of an epoch. */
const largest = 2_147_483_647;
const Id = z.int().positive().max(largest);
export const IdParams = z.object({ id: z.coerce.number().int().positive().max(largest) });

const list = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

const limit = z.coerce.number().int().min(1).max(200);

/** A truth as it stands in an address. */
const truth = z.enum(['true', 'false']).transform((text) => text === 'true');

/** How to read a dataset, where that differs from what was detected. */
export const ReadingQuery = z.object({ ...Dialect.shape, bom: truth, header: truth }).partial();

/** How many of the first rows to show, and how to read them. */
export const PreviewQuery = ReadingQuery.extend({ rows: limit.default(20) });

/** The text of the field `reading` of an upload: how the file is to be read, as JSON; what is left out is detected. */
export const ReadingField = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'invalid_format', format: 'json_string' });
      return z.NEVER;
    }
  })
  .pipe(Dialect.partial().strict());

export const DatasetQuery = z.object({
  search: z.string().optional(),
  limit: limit.default(50),
  cursor: z.string().optional(),
});
export type DatasetQuery = z.infer<typeof DatasetQuery>;
export const DatasetList = list(Dataset);
export type DatasetList = z.infer<typeof DatasetList>;

export const workflowSortKeys = [
  'id',
  'createdAt',
  'trainAccuracy',
  'validationAccuracy',
  'durationMs',
  'name',
] as const;
export type WorkflowSortKey = (typeof workflowSortKeys)[number];
export const WorkflowSort = z.enum(workflowSortKeys.flatMap((key) => [key, `-${key}`] as const));
export const WorkflowQuery = z.object({
  /** One model or status, or several with commas between them. */
  model: z
    .string()
    .optional()
    .transform((text, context) => several(text, ModelCode.options, context)),
  status: z
    .string()
    .optional()
    .transform((text, context) => several(text, WorkflowStatus.options, context)),
  /** Words in the names of the workflow, its dataset and its file, or the workflow's number. */
  search: z.string().optional(),
  sort: WorkflowSort.default('-id'),
  limit: limit.default(25),
  cursor: z.string().optional(),
});
export type WorkflowQuery = z.infer<typeof WorkflowQuery>;
/** `total` counts all that match, whatever the page. */
export const WorkflowList = list(WorkflowSummary).extend({ total: z.int() });
export type WorkflowList = z.infer<typeof WorkflowList>;

export const WorkflowCreate = z.strictObject({
  datasetId: Id,
  name: z.string().trim().min(1).max(200).optional(),
  config: WorkflowConfigInput,
  /** False: keep it PENDING until `POST /api/workflows/:id/run`. */
  start: z.boolean().default(true),
  /** Of steps that wait, those of the higher priority run first; 5 unless given. */
  priority: z.int().min(0).max(9).optional(),
});
export type WorkflowCreate = z.output<typeof WorkflowCreate>;
export const WorkflowCompose = z.strictObject({
  datasetFrom: Id,
  configFrom: Id,
  name: z.string().trim().min(1).max(200).optional(),
});
export type WorkflowCompose = z.output<typeof WorkflowCompose>;

export const MetricQuery = z.object({ after: z.coerce.number().int().min(0).max(largest).default(0) });
export const MetricList = z.object({ items: z.array(Metric), nextCursor: z.string().nullable() });
export const LogQuery = z.object({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
});
export const LogList = list(LogLine);
export const StepList = list(Step);

/** RFC 9457, with the code to branch on and the hint for a person. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional(),
  code: z.enum(errorCodes),
  hint: z.string(),
  params: ErrorParamsSchema.optional(),
});
export type Problem = z.infer<typeof Problem>;

/**
 * Where a stream of live events goes on: `<version>.<last epoch>.<last log id>`, the `id` of every event.
 * A browser sends it back as `Last-Event-ID`; other clients may pass it as `after`, and the language as a parameter
 * because an `EventSource` cannot choose its headers.
 */
export const LiveQuery = z.object({
  after: z
    .string()
    .regex(/^\d{1,15}\.\d{1,9}\.\d{1,15}$/)
    .optional(),
  language: z.enum(['en', 'tr']).optional(),
});

/** Server-sent events of one workflow: `event: <type>`, `data: <JSON of data>`. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('status'), data: WorkflowSummary }),
  z.object({ type: z.literal('step'), data: Step }),
  z.object({ type: z.literal('metrics'), data: z.object({ items: z.array(Metric) }) }),
  z.object({ type: z.literal('log'), data: z.object({ items: z.array(LogLine) }) }),
]);
export type LiveEvent = z.infer<typeof LiveEvent>;

export const Health = z.object({ status: z.literal('ok'), service: z.literal('zincir'), version: z.string() });
export const Readiness = z.object({
  status: z.enum(['ok', 'unavailable']),
  checks: z.array(
    z.object({ name: z.enum(['database', 'broker', 'storage', 'worker']), ok: z.boolean(), detail: z.string() }),
  ),
});
export type Readiness = z.infer<typeof Readiness>;

function several<T extends string>(text: string | undefined, values: readonly T[], context: z.RefinementCtx): T[] {
  const chosen: T[] = [];
  for (const part of (text ?? '').split(',').filter((part) => part !== '')) {
    const known = values.find((value) => value === part);
    if (known !== undefined) chosen.push(known);
    else context.addIssue({ code: 'invalid_value', values: [...values], input: part });
  }
  return chosen;
}
