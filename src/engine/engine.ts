/** The engine as server, worker and shell use it. `createEngine` composes it from the ports. */
import type { Readable } from 'node:stream';
import type {
  DatasetList,
  DatasetQuery,
  WorkflowCompose,
  WorkflowCreate,
  WorkflowList,
  WorkflowQuery,
} from '../contract/api.js';
import type { Dialect } from '../contract/config.js';
import type {
  Dataset,
  DatasetPreview,
  DatasetProfile,
  LogLine,
  Metric,
  Step,
  Workflow,
  WorkflowSummary,
} from '../contract/entities.js';
import type { Language } from '../contract/messages/translate.js';
import type { WebhookDeliveryList, WebhookDeliveryQuery } from '../contract/webhooks.js';
import type { MetricSource } from './metrics/family.js';
import type { Queues } from './operations/queues.js';
import type { Tasks } from './operations/tasks.js';
import type { Workers } from './operations/workers.js';

export interface Datasets {
  /**
   * Stores an upload whole, looks at its head and records it; bytes known already give the dataset of that time.
   * `name` and `reading` are read once the source has ended: in a form they may stand behind the file.
   *
   * `reading` is taken as given when the dialect is detected, so a file that misleads the detection can still be
   * stored. A dataset keeps the dialect of its first upload: bytes known already are checked to be readable as
   * `reading` says and answered as they were recorded. To read a dataset otherwise than it was detected is the
   * choice of a workflow, kept in `preprocessing.reading` of its config; `profile` and `preview` show what it gives.
   * @throws AppError `CSV_*`, `STORAGE_*`, `UPLOAD_INCOMPLETE`; then neither file nor row is left
   */
  add(upload: {
    source: AsyncIterable<Uint8Array>;
    fileName: string;
    readonly name: string | null;
    readonly reading?: Partial<Dialect> | undefined;
  }): Promise<Dataset>;
  list(query: DatasetQuery): Promise<DatasetList>;
  get(id: number): Promise<Dataset>;
  /** With a `reading` that changes something, of the head of the file. @throws AppError `CSV_*` where it cannot be read so */
  profile(id: number, language: Language, reading?: Partial<Dialect>): Promise<DatasetProfile>;
  /** The first rows, as far as the file can be read as `reading` says. */
  preview(id: number, rows: number, reading?: Partial<Dialect>): Promise<DatasetPreview>;
  /** @throws AppError `DATASET_IN_USE` */
  remove(id: number): Promise<void>;
}

export interface ArtifactFile {
  name: string;
  sizeBytes: number;
  sha256: string;
  open(range?: { start: number; length: number }): Readable;
}

/** What makes a workflow is told whose it is; '' (and nothing) where nobody signs in. */
export interface Workflows {
  /** Checks the config against the columns of the dataset, then records and (unless `start` is false) starts the chain. */
  create(request: WorkflowCreate, owner?: string): Promise<number>;
  /** A PENDING workflow starts; one that runs goes on; one that has ended is restarted as a new one. Answers the id that runs. */
  run(id: number, owner?: string): Promise<number>;
  /** The same for a client's call of this task id: once, however often it comes, and whose the workflow is. */
  call(taskId: string, id: number): Promise<number>;
  /** The workflow that runs for a call. */
  called(taskId: string): Promise<number | null>;
  restart(id: number, owner?: string): Promise<number>;
  compose(request: WorkflowCompose, owner?: string): Promise<number>;
  /** Failed or cancelled: again from the step that failed. @throws AppError `WORKFLOW_NOT_FAILED` */
  retry(id: number): Promise<void>;
  /** @throws AppError `WORKFLOW_ENDED` */
  cancel(id: number): Promise<void>;

  list(query: WorkflowQuery): Promise<WorkflowList>;
  get(id: number, language: Language): Promise<Workflow>;
  summary(id: number): Promise<WorkflowSummary & { version: number }>;
  steps(id: number, language: Language): Promise<Step[]>;
  metrics(id: number, afterEpoch: number, limit: number): Promise<Metric[]>;
  logs(id: number, afterLogId: number, limit: number, language: Language): Promise<LogLine[]>;
  /** @throws AppError `ARTIFACT_NOT_FOUND`, `ARTIFACT_NOT_READY` */
  artifact(id: number, name: string): Promise<ArtifactFile>;
  watch(id: number, changed: () => void): Promise<() => Promise<void>>;
}

export interface Engine {
  readonly datasets: Datasets;
  readonly workflows: Workflows;
  readonly tasks: Tasks;
  readonly queues: Queues;
  readonly workers: Workers;
  readonly webhooks: { list(query: WebhookDeliveryQuery): Promise<WebhookDeliveryList> };
  /** Of the whole installation, and of what this engine does. */
  readonly metrics: MetricSource;
  readiness(): Promise<{ name: 'database' | 'broker' | 'storage' | 'worker'; ok: boolean; detail: string }[]>;
  /** Starts what keeps chains going: the outbox relay, the watch over leases, the reconciler. */
  start(): Promise<void>;
  stop(): Promise<void>;
}
