/** What the database remembers, as the engine reads it. */
import type { Dialect, WorkflowConfig } from '../contract/config.js';
import type {
  DatasetProfile,
  LogLevel,
  Progress,
  StepName,
  StepStatus,
  StoredError,
  WorkflowOrigin,
  WorkflowStatus,
} from '../contract/entities.js';

export interface DatasetRecord {
  id: number;
  name: string;
  fileName: string;
  /** Name in storage. */
  file: string;
  sha256: string;
  sizeBytes: number;
  createdAt: Date;
  dialect: Dialect;
  profile: DatasetProfile;
  workflows: number;
}

export interface StepRecord {
  id: number;
  workflowId: number;
  name: StepName;
  position: number;
  status: StepStatus;
  taskId: string | null;
  attempt: number;
  queuedAt: Date | null;
  startedAt: Date | null;
  completedAt: Date | null;
  retryAt: Date | null;
  leaseUntil: Date | null;
  worker: string | null;
  progress: Progress | null;
  params: Record<string, unknown>;
  result: Record<string, unknown> | null;
  error: StoredError | null;
}

export interface WorkflowRecord {
  id: number;
  name: string;
  status: WorkflowStatus;
  datasetId: number;
  dataset: { id: number; name: string; fileName: string; sizeBytes: number };
  config: WorkflowConfig;
  ignored: string[];
  origin: WorkflowOrigin | null;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
  trainAccuracy: number | null;
  validationAccuracy: number | null;
  epoch: number;
  error: StoredError | null;
  steps: StepRecord[];
  owner: string;
  priority: number;
  /** RUNNING, but over a limit: no step of it may be claimed yet. */
  held: boolean;
  /** Grows with every change of the workflow or one of its steps. */
  version: number;
}

/** What a list tells of a workflow; the rest of its record, long configs and results, is left where it lies. */
export interface ListedWorkflow
  extends Pick<
    WorkflowRecord,
    | 'id'
    | 'name'
    | 'status'
    | 'dataset'
    | 'owner'
    | 'priority'
    | 'createdAt'
    | 'startedAt'
    | 'completedAt'
    | 'trainAccuracy'
    | 'validationAccuracy'
    | 'epoch'
  > {
  config: Pick<WorkflowConfig, 'model'> & { params: Pick<WorkflowConfig['params'], 'epochs'> };
  /** In order. */
  steps: Pick<StepRecord, 'name' | 'status'>[];
}

export interface LogRecord {
  id: number;
  at: Date;
  level: LogLevel;
  step: StepName | null;
  attempt: number | null;
  code: string;
  params: StoredError['params'];
}
