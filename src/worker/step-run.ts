/**
 * One attempt of a step, from the claim to the row that ends it.
 *
 * The child speaks; the host writes for it, fenced, and keeps the lease. It ends in one of these ways:
 * - the child says `completed` or `failed`: what it reported before is written, then the end is;
 * - the child ends without a word: the fault is told by how it ended;
 * - `cancelled` (the answer to a renewal): the child is told, and killed half a second later; the database knows already;
 * - `lost` (fenced off): the child is killed and nothing more is written, for the step is another attempt's now;
 * - `drained` (this worker stops): the child writes a checkpoint and ends, or is killed when the grace is over; the
 *   step goes back to the queue and the attempt does not count as a fault;
 * - `overdue` (it took longer than steps may): the child is told, and killed half a second later; the step fails.
 */
import { rm } from 'node:fs/promises';
import type { Progress } from '../contract/entities.js';
import { AppError, toAppError } from '../contract/errors.js';
import type { StepOutput } from '../contract/tasks.js';
import { settleFailure } from '../engine/attempts.js';
import type { Courier } from '../engine/courier.js';
import type { AttemptEnd } from '../engine/operations/worker-ports.js';
import type { ClaimedStep, Clock, Fence, Files, Store } from '../engine/ports.js';
import { faultOfEnd } from './child-end.js';
import { tracebackOf } from './child-fault.js';
import type { ChildPool } from './child-pool.js';
import type { ChildEnd, Spoken, StepChild } from './child-process.js';
import type { ActiveTask } from './control.js';
import type { AttemptOutcome } from './counters.js';
import { insist } from './insist.js';
import { Lease } from './lease.js';
import { limits } from './limits.js';
import { ReportWriter } from './report-writer.js';
import { forwardEntries } from './watched-attempt.js';
import type { WorkerLog } from './worker-options.js';

export interface StepRunServices {
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly pool: ChildPool;
  readonly courier: Courier;
  readonly log: WorkerLog;
  /** Name of the worker, for what it leaves to be read. */
  readonly worker: string;
  readonly graceMs: number;
  readonly leaseMs: number;
  /** Null: a step may take as long as it likes. */
  readonly stepTimeoutMs: number | null;
}

type LastWord =
  | Extract<Spoken, { type: 'completed' | 'failed' }>
  | { type: 'malformed' }
  | { type: 'silent'; end: ChildEnd | null };

export class StepRun {
  readonly #services: StepRunServices;
  readonly #claimed: ClaimedStep;
  readonly #fence: Fence;
  readonly #lease: Lease;
  readonly #writer: ReportWriter;
  #child: StepChild | null = null;
  #scratch: string | null = null;
  #progress: Progress | null = null;
  /** The child said that the step is complete, and that is recorded. */
  #clean = false;
  #outcome: AttemptOutcome = 'lost';
  /** What it ended with. */
  #ending: Omit<AttemptEnd, 'outcome'> = { result: null, error: null, traceback: null };
  readonly #startedAt: Date;
  #stopped: 'cancelled' | 'drained' | 'lost' | 'overdue' | null = null;
  #killTimer: NodeJS.Timeout | null = null;
  #overdueTimer: NodeJS.Timeout | null = null;

  constructor(services: StepRunServices, claimed: ClaimedStep) {
    const { store, files, clock, leaseMs, log } = services;
    const { stepId, attempt } = claimed.input;
    this.#services = services;
    this.#claimed = claimed;
    this.#fence = { stepId, attempt, worker: services.worker };
    this.#startedAt = clock.now();
    this.#lease = new Lease({
      store,
      clock,
      log,
      fence: this.#fence,
      leaseMs,
      progress: () => this.#progress,
      onGone: (why) => (why === 'cancelled' ? this.#cancel() : this.#lose()),
    });
    this.#writer = new ReportWriter({
      store,
      files,
      fence: this.#fence,
      insist: (write) => this.#insist(write),
      onEnd: (why) => (why === 'fenced' ? this.#lose() : this.#child?.kill()),
    });
  }

  /**
   * Resolves when the end of the attempt is written, or is not this worker's to write. Never rejects.
   * @param over called when the step is done and only its record is left to write; not for a large step, whose child
   *   holds its memory until it has ended
   */
  async run(over: () => void): Promise<AttemptEnd> {
    try {
      const word = await this.#converse();
      if (word.type === 'completed' && !this.#alone) over();
      await this.#settle(word);
    } catch (thrown) {
      await this.#settleOwnFault(thrown);
    } finally {
      if (this.#overdueTimer !== null) clearTimeout(this.#overdueTimer);
      this.#lease.release();
      this.#writer.close();
    }
    const stopped = this.#stopped === 'cancelled' || this.#stopped === 'lost' ? this.#stopped : null;
    return { ...this.#ending, outcome: stopped ?? this.#outcome };
  }

  /** Resolves when the scratch directory is removed and the child is gone, or back in the pool; for after `run`. */
  async reap(): Promise<void> {
    const again = this.#clean && this.#stopped === null && !this.#alone ? this.#child : null;
    if (again === null) await this.#endChild();
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    try {
      if (this.#scratch !== null) await rm(this.#scratch, { recursive: true, force: true, maxRetries: 3 });
    } catch (thrown) {
      await this.#endChild();
      throw thrown;
    }
    if (again !== null) await this.#services.pool.giveBack(again);
  }

  async #endChild(): Promise<void> {
    this.#child?.send({ type: 'end' });
    this.#killAfter(limits.childExitMs);
    await this.#child?.ended;
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
  }

  /** What a large step leaves behind goes with its child. */
  get #alone(): boolean {
    return this.#claimed.input.dataset.sizeBytes > limits.aloneFromBytes;
  }

  /** The worker stops: hand the step back. */
  drain(): void {
    if (this.#stopped !== null) return;
    this.#stopped = 'drained';
    this.#child?.send({ type: 'stop', reason: 'drain' });
    this.#killAfter(this.#services.graceMs);
  }

  get stepId(): number {
    return this.#fence.stepId;
  }

  get active(): ActiveTask {
    const { input, taskId } = this.#claimed;
    const { stepId, attempt, name: step, workflowId } = input;
    return { taskId, workflowId, stepId, step, attempt, startedAt: this.#startedAt, pid: this.#child?.pid ?? null };
  }

  /** Its workflow was cancelled just now: no need to wait until the renewal of the lease brings word. */
  revoke(): void {
    if (this.#stopped === 'cancelled' || this.#stopped === 'lost') return;
    this.#lease.release();
    this.#cancel();
  }

  /** The database has forgotten this attempt and given the step out again. */
  forget(): void {
    if (this.#stopped !== 'lost') this.#lose();
  }

  #overdue(): void {
    if (this.#stopped !== null) return;
    this.#stopped = 'overdue';
    this.#child?.send({ type: 'stop', reason: 'timeout' });
    this.#killAfter(limits.cancelGraceMs);
  }

  #cancel(): void {
    this.#stopped = 'cancelled';
    this.#writer.close();
    this.#child?.send({ type: 'stop', reason: 'cancel' });
    this.#killAfter(limits.cancelGraceMs);
  }

  #lose(): void {
    this.#stopped = 'lost';
    this.#writer.close();
    this.#lease.release();
    this.#child?.kill();
  }

  #killAfter(delayMs: number): void {
    if (this.#killTimer !== null) clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#child?.kill(), delayMs);
  }

  #insist<Result>(write: () => Promise<Result>): Promise<Result> {
    return insist(write, () => this.#lease.held());
  }

  /** Gives the step to a child and listens until its last word. */
  async #converse(): Promise<LastWord> {
    const { files, pool } = this.#services;
    const { input } = this.#claimed;
    this.#scratch = await files.scratch(`${input.name}-${input.stepId}-${input.attempt}`);
    const child = await pool.take(input.name, { alone: this.#alone });
    this.#child = child;
    // Stopped while the child was on its way: it never learns of the step.
    if (this.#stopped !== null) {
      child.kill();
      return { type: 'silent', end: null };
    }
    const scratch = this.#scratch;
    return new Promise((resolve) => {
      child.listen((message) => {
        const word = this.#hear(message);
        if (word !== null) resolve(word);
      });
      void child.ended.then((end) => resolve({ type: 'silent', end }));
      child.send({ type: 'run', input, scratch });
      const { stepTimeoutMs } = this.#services;
      if (stepTimeoutMs !== null) this.#overdueTimer = setTimeout(() => this.#overdue(), stepTimeoutMs);
    });
  }

  /** Passes a report on; a last word is returned. */
  #hear(message: Spoken | null): LastWord | null {
    if (message === null) return { type: 'malformed' };
    switch (message.type) {
      case 'report':
        this.#progress = message.progress ?? this.#progress;
        this.#writer.report(message.metrics, message.logs);
        forwardEntries(this.#services.log, message.logs);
        return null;
      case 'checkpoint':
        this.#writer.checkpoint(message.file, message.epoch);
        return null;
      case 'completed':
      case 'failed':
        return message;
    }
  }

  async #settle(word: LastWord): Promise<void> {
    if (this.#isNotOurs()) return;
    if (word.type === 'completed') return this.#complete(word.output);
    await this.#writer.drain();
    if (this.#isNotOurs()) return;
    // What it ended with is only what it made of being stopped, unless it was done just before.
    if (this.#stopped === 'overdue') {
      const { stepTimeoutMs } = this.#services;
      const params = { step: this.#claimed.input.name, seconds: (stepTimeoutMs ?? 0) / 1000 };
      return this.#fail(new AppError('STEP_TIMEOUT', params), null);
    }
    switch (word.type) {
      case 'failed': {
        const { error, traceback } = word;
        if (error.code === 'WORKER_STOPPED') return this.#handBack();
        return this.#fail(new AppError(error.code, error.params), traceback);
      }
      case 'silent':
        if (this.#stopped === 'drained' || word.end === null) return this.#handBack();
        return this.#fail(faultOfEnd(word.end, this.#claimed.input.name), word.end.output || null);
      case 'malformed':
        this.#child?.kill();
        return this.#fail(new AppError('INTERNAL', { detail: 'a child process sent a malformed message' }), null);
    }
  }

  #isNotOurs(): boolean {
    return this.#stopped === 'cancelled' || this.#stopped === 'lost';
  }

  /** What it said last goes with its end, and the message of the next step with whoever recorded this one. */
  async #complete(output: StepOutput): Promise<void> {
    const { store, clock, courier, log } = this.#services;
    const said = await this.#writer.rest();
    if (this.#isNotOurs()) return;
    this.#clean = await this.#insist(() => {
      const now = clock.now();
      return store.completeStep(this.#fence, output, now, { ...said, ...courier.takes(now) });
    });
    if (this.#clean) this.#outcome = 'completed';
    else log.warn({ ...this.#fence }, 'the step was completed by an attempt that is no longer its own');
    this.#ending = { result: output.result, error: null, traceback: null };
  }

  #handBack(): Promise<void> {
    const { worker } = this.#services;
    return this.#fail(new AppError('WORKER_STOPPED', { worker, step: this.#claimed.input.name }), null);
  }

  async #fail(error: AppError, traceback: string | null): Promise<void> {
    const { store, clock } = this.#services;
    const { input } = this.#claimed;
    // Saved progress has set the count of faults back, as the store does.
    const failures = this.#writer.advanced ? 0 : this.#claimed.failures;
    const attempt = { ...this.#fence, failures, name: input.name };
    const settled = await this.#insist(() =>
      settleFailure({ store, clock, random: Math.random }, attempt, error, traceback),
    );
    this.#outcome = outcomeOf(settled, error);
    this.#ending = { result: null, error: { code: error.code, params: error.params }, traceback };
  }

  /** The host itself could not go on: no child, no scratch directory, or a write that was refused. */
  async #settleOwnFault(thrown: unknown): Promise<void> {
    const { log } = this.#services;
    this.#child?.kill();
    if (this.#isNotOurs()) return;
    log.error({ err: thrown, ...this.#fence }, 'the step could not be run or recorded');
    try {
      await this.#fail(toAppError(thrown), tracebackOf(thrown));
    } catch (error) {
      // The lease runs out and the step is found again.
      log.error({ err: error, ...this.#fence }, 'the fault could not be recorded');
    }
  }
}

function outcomeOf(settled: Awaited<ReturnType<typeof settleFailure>>, error: AppError): AttemptOutcome {
  if (settled === 'fenced') return 'lost';
  if (settled === 'failed') return 'failed';
  return error.code === 'WORKER_STOPPED' ? 'handed_back' : 'retried';
}
