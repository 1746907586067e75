/** What a step is given, and what it may say while it runs. */
import type { Metric, Progress } from '../contract/entities.js';
import type { LogEntry, StepInput, StepOutput } from '../contract/tasks.js';
import type { Files } from '../engine/ports.js';
import type { Threads } from '../learn/index.js';

export interface StepContext {
  readonly input: StepInput;
  readonly files: Files;
  /** A directory of this attempt's own; removed after it. */
  readonly scratch: string;
  /** Aborted on cancel (at once), drain and timeout; `signal.reason` is the AppError to end with. */
  readonly signal: AbortSignal;
  /** `plain` forces the plain TypeScript numerics; `auto` takes the fastest that this machine runs. */
  readonly kernels: 'auto' | 'plain';
  /** Threads that may help to train; none: one thread does it all, with the same result. */
  readonly threads?: Threads | undefined;
  /** What training may take; beyond it the rows are read anew in every epoch. */
  readonly memoryBytes: number;
  progress(progress: Progress): void;
  metrics(items: Metric[]): void;
  log(level: LogEntry['level'], code: string, params?: LogEntry['params']): void;
  /** A file (name in storage) from which a later attempt can go on. */
  checkpoint(file: string, epoch: number): void;
}

/** Runs one step; its files are in storage when it resolves. Throws AppError. */
export type StepHandler = (context: StepContext) => Promise<StepOutput>;
