/** What operators ask of this worker through the database, done in the order in which they asked, and answered. */
import type { CommandAnswer, CommandRow, Store } from '../engine/ports.js';
import type { WorkerControl } from './control.js';
import type { WorkerLog } from './worker-options.js';

export interface CommandsOptions {
  readonly store: Store;
  readonly log: WorkerLog;
  readonly worker: WorkerControl;
  readonly instance: string;
  /** Writes down how the worker is now, so that whoever reads the answer finds it so. */
  readonly written: () => Promise<void>;
}

export class Commands {
  readonly #options: CommandsOptions;
  #unwatch: (() => Promise<void>) | null = null;
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** @throws AppError `DATABASE_UNAVAILABLE` */
  async open(): Promise<void> {
    const { store, worker } = this.#options;
    this.#unwatch = await store.watchCommands(worker.name, () => this.look());
    this.look();
  }

  /** Resolves when the last answer is written. */
  async close(): Promise<void> {
    await this.#unwatch?.();
    this.#unwatch = null;
    await this.#looking;
  }

  /** There may be something to do. */
  look(): void {
    this.#again = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = null;
    });
  }

  async #lookUntilDone(): Promise<void> {
    const { store, worker, instance, log } = this.#options;
    while (this.#again && this.#unwatch !== null) {
      this.#again = false;
      try {
        for (const command of await store.openCommands(worker.name, instance)) await this.#do(command);
      } catch (error) {
        // The next heartbeat finds it again.
        log.warn({ err: error }, 'a command could not be read or answered');
      }
    }
  }

  async #do(command: CommandRow): Promise<void> {
    const { store, log, worker, written } = this.#options;
    log.info({ worker: worker.name, command: command.id, action: command.action, ...command.params }, 'a command');
    const answer = this.#obey(command);
    await written();
    await store.answerCommand(command.id, answer);
    // Answered before: when it is over there may be nobody left to answer.
    if (answer.code === 'stopping') void worker.shutdown();
  }

  #obey({ action, params }: CommandRow): CommandAnswer {
    const { worker } = this.#options;
    const { slots: before } = worker.snapshot();
    const slots = typeof params.slots === 'number' ? params.slots : 1;
    switch (action) {
      case 'grow':
        return resized('mostSlots', before, worker.grow(slots));
      case 'shrink':
        return resized('leastSlots', before, worker.shrink(slots));
      case 'quiet':
        worker.quiet();
        return { ok: true, code: 'quiet', params: {} };
      case 'resume':
        worker.resume();
        return { ok: true, code: 'resumed', params: {} };
      case 'shutdown':
        return { ok: true, code: 'stopping', params: {} };
      default:
        // A newer server's.
        return { ok: false, code: 'unknown', params: {} };
    }
  }
}

const resized = (end: 'mostSlots' | 'leastSlots', before: number, now: number): CommandAnswer =>
  before === now ? { ok: false, code: end, params: { now } } : { ok: true, code: 'slots', params: { now } };
