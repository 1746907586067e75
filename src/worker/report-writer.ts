/**
 * Writes what a child reports, in order and batched: for a moment, and while one write is under way, the next ones
 * gather. A step that ends within that moment has what it said written with its end. Metrics go before the checkpoint
 * that follows them, so that a run resumed there finds every epoch up to it.
 */
import type { Metric } from '../contract/entities.js';
import type { LogEntry } from '../contract/tasks.js';
import type { Fence, Files, Store } from '../engine/ports.js';

/** What people watch may be so old. */
const gatherMs = 40;

interface Checkpoint {
  file: string;
  epoch: number;
}

export interface ReportWriterOptions {
  readonly store: Store;
  readonly files: Files;
  readonly fence: Fence;
  /** Runs a write again while the database is away; throws when there is no more sense in it. */
  readonly insist: <Result>(write: () => Promise<Result>) => Promise<Result>;
  /** The attempt is no longer the current one, or the database refused a write for good: nothing more is written. */
  readonly onEnd: (why: 'fenced' | 'failed') => void;
}

export class ReportWriter {
  readonly #options: ReportWriterOptions;
  #metrics: Metric[] = [];
  #logs: LogEntry[] = [];
  #checkpoints: Checkpoint[] = [];
  #gather: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #failure: unknown;
  #closed = false;
  #firstEpoch = Number.POSITIVE_INFINITY;
  #advanced = false;

  constructor(options: ReportWriterOptions) {
    this.#options = options;
  }

  /** This attempt went on from where it began and saved that: whatever faults came before, it is not stuck. */
  get advanced(): boolean {
    return this.#advanced;
  }

  report(metrics: readonly Metric[], logs: readonly LogEntry[]): void {
    for (const metric of metrics) {
      this.#metrics.push(metric);
      this.#firstEpoch = Math.min(this.#firstEpoch, metric.epoch);
    }
    for (const entry of logs) this.#logs.push(entry);
    if (this.#pending()) this.#gather ??= setTimeout(() => this.#start(), gatherMs);
  }

  checkpoint(file: string, epoch: number): void {
    this.#checkpoints.push({ file, epoch });
    this.#start();
  }

  /** Resolves when all that was reported is written. @throws what a write threw */
  async drain(): Promise<void> {
    if (this.#pending()) this.#start();
    while (this.#writing !== null) await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What is not written yet, for whoever records the end of the step: it is not written here. @throws what a write threw */
  async rest(): Promise<{ metrics: Metric[]; logs: LogEntry[] }> {
    // A checkpoint is written by itself, and so is what goes before it.
    if (this.#writing !== null || this.#checkpoints.length > 0) await this.drain();
    const rest = { metrics: this.#metrics, logs: this.#logs };
    this.#metrics = [];
    this.#logs = [];
    this.#stopGathering();
    return rest;
  }

  /** Drops what is not written yet. */
  close(): void {
    this.#closed = true;
    this.#stopGathering();
  }

  #stopGathering(): void {
    if (this.#gather !== null) clearTimeout(this.#gather);
    this.#gather = null;
  }

  #start(): void {
    this.#stopGathering();
    if (this.#closed || this.#writing !== null) return;
    this.#writing = this.#writeAll()
      .catch((error: unknown) => {
        this.#failure = error;
        this.close();
        this.#options.onEnd('failed');
      })
      .finally(() => {
        this.#writing = null;
        if (this.#pending()) this.#start();
      });
  }

  #pending(): boolean {
    return this.#metrics.length + this.#logs.length + this.#checkpoints.length > 0;
  }

  async #writeAll(): Promise<void> {
    // Reports of one turn of the event loop go into one write.
    await Promise.resolve();
    while (!this.#closed && this.#pending()) {
      const [metrics, logs, checkpoints] = [this.#metrics, this.#logs, this.#checkpoints];
      this.#metrics = [];
      this.#logs = [];
      this.#checkpoints = [];
      const accepted =
        (await this.#writeMetrics(metrics)) &&
        (await this.#writeLogs(logs)) &&
        (await this.#writeCheckpoint(checkpoints));
      if (!accepted) {
        this.close();
        this.#options.onEnd('fenced');
      }
    }
  }

  async #writeMetrics(metrics: Metric[]): Promise<boolean> {
    const { store, fence, insist } = this.#options;
    return metrics.length === 0 || (await insist(() => store.appendMetrics(fence, metrics)));
  }

  async #writeLogs(logs: LogEntry[]): Promise<boolean> {
    const { store, fence, insist } = this.#options;
    return logs.length === 0 || (await insist(() => store.appendLogs(fence, logs)));
  }

  /** The last one counts; files of those before it are removed once the database names it. */
  async #writeCheckpoint(checkpoints: Checkpoint[]): Promise<boolean> {
    const last = checkpoints.at(-1);
    if (last === undefined) return true;
    const { store, files, fence, insist } = this.#options;
    const { accepted, replaced } = await insist(() => store.saveCheckpoint(fence, last.file, last.epoch));
    if (!accepted) return false;
    this.#advanced ||= last.epoch >= this.#firstEpoch;
    const superseded = new Set(checkpoints.map(({ file }) => file));
    if (replaced !== null) superseded.add(replaced);
    superseded.delete(last.file);
    // A file that cannot be removed now costs space, not correctness.
    await Promise.allSettled([...superseded].map((file) => files.remove(file)));
    return true;
  }
}
