/**
 * What the database remembers of workers. All times of these rows are the database's own, and how long ago something
 * was is judged by its clock too, so that a machine whose clock is wrong is neither lost for it nor present for ever.
 */
import type { WorkerAction } from '../../contract/operations.js';
import type { QueueName } from '../../contract/tasks.js';

export interface NewWorker {
  /** Node name, by which operators and Celery's tools address it. */
  name: string;
  /** One a process: two processes of one name tell each other by it. */
  instance: string;
  host: string;
  pid: number;
  queues: QueueName[];
  concurrency: number;
  version: string;
}

/** What a worker says of itself every few seconds. Its counters go on from those that its name had before. */
export interface Beat extends Counted {
  name: string;
  instance: string;
  queues: readonly QueueName[];
  active: number;
  slots: number;
  draining: boolean;
  load: readonly [number, number, number] | null;
  /** Of the worker and its children together. */
  memoryBytes: number | null;
  childrenBytes: number | null;
  /** Its clock minus the database's; null while it is not known. */
  clockDriftMs: number | null;
}

/** Another process, as it told of itself. */
export interface OtherWorker {
  instance: string;
  host: string;
  pid: number;
}

/** Attempts that ended under a name, by all of its processes. */
export interface Counted {
  processed: number;
  failed: number;
  retried: number;
}

/** Whose a name is: the process that was the first to have it, until it signs off or is silent. */
export type NameAnswer =
  /** `asked`: there is a command that is not answered. */
  | { own: true; rival: OtherWorker | null; asked: boolean; databaseTime: Date }
  /** `heartbeatAt` grows for as long as the other lives; `online` until it signs off. */
  | { own: false; holder: OtherWorker; online: boolean; heartbeatAt: Date; silentMs: number; databaseTime: Date };

export interface WorkerRow extends Counted {
  name: string;
  host: string;
  pid: number;
  queues: QueueName[];
  slots: number;
  version: string;
  /** Steps that it runs, as it said last. */
  active: number;
  /** False: it signed off. */
  online: boolean;
  draining: boolean;
  load: [number, number, number] | null;
  memoryBytes: number | null;
  childrenBytes: number | null;
  clockDriftMs: number | null;
  startedAt: Date;
  heartbeatAt: Date;
  stoppedAt: Date | null;
  /** Since its last heartbeat. */
  silentMs: number;
  /** Another process that goes by this name and was heard of lately. */
  rival: OtherWorker | null;
}

export interface SampleRow extends Counted {
  at: Date;
  active: number;
  slots: number;
  load: number | null;
  memoryBytes: number | null;
  childrenBytes: number | null;
}

/** Why a command was done or not, as a code with values. */
export type CommandAnswer =
  | { ok: boolean; code: 'slots' | 'leastSlots' | 'mostSlots'; params: { now: number } }
  | { ok: true; code: 'quiet' | 'resumed' | 'stopping'; params: Record<string, never> }
  | { ok: false; code: 'gone' | 'unknown'; params: Record<string, never> };

export interface CommandRow {
  id: number;
  worker: string;
  action: string;
  params: Record<string, string | number | boolean | null>;
  askedAt: Date;
  answeredAt: Date | null;
  ok: boolean | null;
  /** Code of the answer. */
  answer: string | null;
}

export interface FleetStore {
  databaseTime(): Promise<Date>;

  /**
   * Enters a worker and closes the commands that were meant for the one of its name before, unless another process of
   * that name has been heard of within `silentAfterMs`.
   */
  registerWorker(worker: NewWorker, silentAfterMs: number): Promise<NameAnswer & { counted: Counted }>;
  /** Null: there is no row of that name. Where the name is another process's, nothing is written. */
  heartbeatWorker(beat: Beat): Promise<NameAnswer | null>;
  /** The same process, where its name is another's: says so in the row of the other. */
  tellRival(name: string, rival: OtherWorker): Promise<void>;
  /** It stops and has handed back its steps. What was asked of it and not done is answered with `gone`. */
  removeWorker(name: string, instance: string): Promise<void>;
  /** For a start of the one process that a database can have: whoever has not signed off is gone. */
  removeAllWorkers(): Promise<void>;

  /** Those that have not signed off and were heard of within `silentAfterMs`. */
  onlineWorkers(silentAfterMs: number): Promise<WorkerRow[]>;
  /** Those that signed off longer than a day ago are left out. */
  listWorkers(): Promise<WorkerRow[]>;
  findWorker(name: string): Promise<WorkerRow | null>;
  /** Over all that are remembered, the silent ones too. */
  countAttempts(): Promise<Counted>;

  /** Once in a while; two within the same ten seconds are one. */
  recordSample(beat: Beat): Promise<void>;
  /** Of one worker over the last hour, oldest first. */
  workerSamples(name: string): Promise<SampleRow[]>;
  /** Of all together, at most some hundred points. */
  fleetSamples(sinceMs: number): Promise<SampleRow[]>;

  askWorker(name: string, action: WorkerAction, params: CommandRow['params']): Promise<CommandRow>;
  /** What was asked of this worker lately and not answered; none where its name is another process's. */
  openCommands(name: string, instance: string): Promise<CommandRow[]>;
  answerCommand(id: number, answer: CommandAnswer): Promise<void>;
  /** The last ones first. */
  listCommands(name: string, limit: number): Promise<CommandRow[]>;
  /** Calls back soon after something was asked of the worker. A hint. */
  watchCommands(name: string, asked: () => void): Promise<() => Promise<void>>;
}
