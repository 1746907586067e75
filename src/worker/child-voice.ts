/**
 * What a child says, in order. Metrics, log lines and progress are gathered for a moment, so that ten thousand
 * quick epochs do not become ten thousand messages; everything said before a checkpoint or the last word is
 * sent before it.
 */
import type { Metric, Progress } from '../contract/entities.js';
import type { ChildMessage, LogEntry } from '../contract/tasks.js';

const gatherMs = 50;

export class ChildVoice {
  #metrics: Metric[] = [];
  #logs: LogEntry[] = [];
  #progress: Progress | null = null;
  #flushedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #last: Promise<void> | null = null;

  metrics(items: Metric[]): void {
    this.#metrics.push(...items);
    this.#flushSoon();
  }

  log(entry: LogEntry): void {
    this.#logs.push(entry);
    this.#flushSoon();
  }

  progress(progress: Progress): void {
    this.#progress = progress;
    this.#flushSoon();
  }

  checkpoint(file: string, epoch: number): void {
    this.#flush();
    this.say({ type: 'checkpoint', file, epoch });
  }

  say(message: ChildMessage): void {
    if (this.#last === null) void transmit(message);
  }

  /** Resolves once everything has left this process, or cannot leave it any more. Later words are not sent. */
  lastWord(message: ChildMessage): Promise<void> {
    if (this.#last === null) {
      this.#flush();
      this.#last = transmit(message);
    }
    return this.#last;
  }

  /** A step may compute for long without a pause, so the clock is looked at whenever it speaks, too. */
  #flushSoon(): void {
    if (performance.now() - this.#flushedAt >= gatherMs) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), gatherMs);
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#flushedAt = performance.now();
    const [metrics, logs, progress] = [this.#metrics, this.#logs, this.#progress];
    this.#metrics = [];
    this.#logs = [];
    this.#progress = null;
    if (metrics.length + logs.length > 0 || progress !== null) this.say({ type: 'report', metrics, logs, progress });
  }
}

/** With a callback, a host that is gone (EPIPE) is told here and not thrown; the `disconnect` ends the process. */
function transmit(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}
