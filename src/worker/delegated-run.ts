/**
 * One attempt of a step that a Celery worker runs: no child, the host sends it, waits, and keeps the lease meanwhile.
 *
 * It ends in one of these ways:
 * - the worker answers: the result is recorded with the step, or its exception is why the step failed;
 * - `cancelled`, `overdue`: what was sent is revoked, so that its worker may end it;
 * - `drained` (this worker stops) and `lost` (fenced off): what was sent goes on, and the next attempt waits for it.
 */
import { createHash } from 'node:crypto';
import { AppError, toAppError } from '../contract/errors.js';
import type { LogEntry } from '../contract/tasks.js';
import { settleFailure } from '../engine/attempts.js';
import type { AttemptEnd, DelegatedEnd, DelegatedTask, WorkerPresence } from '../engine/operations/worker-ports.js';
import type { ClaimedStep, Clock, Fence, Store } from '../engine/ports.js';
import { tracebackOf } from './child-fault.js';
import type { ActiveTask } from './control.js';
import { insist } from './insist.js';
import { Lease } from './lease.js';
import type { WorkerLog } from './worker-options.js';

export interface DelegatedRunServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: WorkerLog;
  readonly worker: string;
  readonly leaseMs: number;
  /** Null: a step may take as long as it likes. */
  readonly stepTimeoutMs: number | null;
  /** Undefined: the broker reaches no such workers. */
  readonly presence: WorkerPresence | undefined;
  readonly addressOf: (file: string) => string;
}

/** A result larger than this stays with the worker that has it. */
const mostResultCharacters = 262_144;

type Stopped = 'cancelled' | 'drained' | 'lost' | 'overdue';

export class DelegatedRun {
  readonly #services: DelegatedRunServices;
  readonly #claimed: ClaimedStep;
  readonly #fence: Fence;
  readonly #lease: Lease;
  readonly #stop = new AbortController();
  readonly #startedAt: Date;
  #stopped: Stopped | null = null;

  constructor(services: DelegatedRunServices, claimed: ClaimedStep) {
    const { store, clock, leaseMs, log } = services;
    const { stepId, attempt } = claimed.input;
    this.#services = services;
    this.#claimed = claimed;
    this.#startedAt = clock.now();
    this.#fence = { stepId, attempt, worker: services.worker };
    const onGone = (why: 'cancelled' | 'lost') => this.#end(why);
    this.#lease = new Lease({ store, clock, log, fence: this.#fence, leaseMs, progress: () => null, onGone });
  }

  get stepId(): number {
    return this.#fence.stepId;
  }

  get active(): ActiveTask {
    const { input, taskId } = this.#claimed;
    const { stepId, attempt, name: step, workflowId } = input;
    return { taskId, workflowId, stepId, step, attempt, startedAt: this.#startedAt, pid: null };
  }

  /** Resolves when the end of the attempt is written, or is not this worker's to write. Never rejects. */
  async run(): Promise<AttemptEnd> {
    const { stepTimeoutMs } = this.#services;
    const overdue = stepTimeoutMs === null ? null : setTimeout(() => this.#end('overdue'), stepTimeoutMs);
    try {
      const answer = await this.#delegate();
      const end = await this.#settle(answer);
      if (answer !== null && end.outcome !== 'lost') await this.#services.presence?.forgetDelegated(this.#task());
      return end;
    } catch (thrown) {
      return await this.#settleFault(toAppError(thrown), tracebackOf(thrown));
    } finally {
      if (overdue !== null) clearTimeout(overdue);
      this.#lease.release();
    }
  }

  /** There is nothing to clear away. */
  async reap(): Promise<void> {}

  drain(): void {
    this.#end('drained');
  }

  /** Its workflow was cancelled just now: no need to wait until the renewal of the lease brings word. */
  revoke(): void {
    this.#lease.release();
    this.#end('cancelled');
  }

  /** The database has forgotten this attempt and given the step out again. */
  forget(): void {
    this.#end('lost');
  }

  #end(why: Stopped): void {
    this.#stopped ??= why;
    this.#stop.abort();
  }

  async #delegate(): Promise<DelegatedEnd | null> {
    const { presence, log } = this.#services;
    if (presence === undefined) throw new AppError('CUSTOM_STEP_UNAVAILABLE');
    const task = this.#task();
    const { id, queue } = task;
    const end = await presence.delegate(task, {
      signal: this.#stop.signal,
      sent: (again) => this.#say(again ? 'customJoined' : 'customSent', { task: task.name, queue, id }),
      retried: (detail) => this.#say('customRetried', { task: task.name, detail }),
    });
    if (this.#stopped === 'cancelled' || this.#stopped === 'overdue') await presence.revokeDelegated(task);
    log.info({ id, queue, status: end?.status ?? this.#stopped }, 'a custom step is over here');
    return end;
  }

  #task(): DelegatedTask {
    const { input, taskId } = this.#claimed;
    const { config, workflowId, stepId, attempt, dataset, results, files } = input;
    if (config.custom === undefined) throw new AppError('INTERNAL', { detail: 'a custom step without its task' });
    const { task: name, queue, kwargs } = config.custom;
    const { id, fileName, sha256, sizeBytes } = dataset;
    const artifacts = files.map((file) => ({
      name: file.name,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      address: this.#services.addressOf(file.file),
      api: `/api/workflows/${workflowId}/artifacts/${file.name}`,
    }));
    const about = {
      workflowId,
      stepId,
      taskId,
      attempt,
      dataset: { id, fileName, sha256, sizeBytes, address: this.#services.addressOf(dataset.file) },
      config,
      result: results.train ?? null,
      artifacts,
    };
    return { id: foreignId(taskId), parentId: taskId, name, queue, args: [about], kwargs };
  }

  async #settle(end: DelegatedEnd | null): Promise<AttemptEnd> {
    const name = this.#claimed.input.config.custom?.task ?? null;
    switch (end?.status) {
      case 'SUCCESS':
        return this.#complete(end.result);
      case 'FAILURE': {
        const { type, detail, traceback } = end;
        return this.#settleFault(new AppError('CUSTOM_STEP_FAILED', { task: name, type, detail }), traceback);
      }
      case 'REVOKED':
        return this.#settleFault(new AppError('CUSTOM_STEP_REVOKED', { task: name }), null);
      case undefined:
        return this.#settleFault(this.#whyStopped(), null);
    }
  }

  #whyStopped(): AppError {
    const { worker, stepTimeoutMs } = this.#services;
    const { name: step } = this.#claimed.input;
    if (this.#stopped === 'overdue')
      return new AppError('STEP_TIMEOUT', { step, seconds: (stepTimeoutMs ?? 0) / 1000 });
    return new AppError('WORKER_STOPPED', { worker, step });
  }

  async #complete(answer: unknown): Promise<AttemptEnd> {
    if (this.#isNotOurs()) return this.#notOurs();
    const { store, clock } = this.#services;
    const { task, queue } = this.#claimed.input.config.custom ?? {};
    const tooLarge = (JSON.stringify(answer) ?? '').length > mostResultCharacters;
    const result = { task, queue, id: foreignId(this.#claimed.taskId), result: tooLarge ? null : answer, tooLarge };
    const write = () => store.completeStep(this.#fence, { result, files: [] }, clock.now());
    const accepted = await insist(write, () => this.#lease.held());
    return { outcome: accepted ? 'completed' : 'lost', result, error: null, traceback: null };
  }

  async #settleFault(error: AppError, traceback: string | null): Promise<AttemptEnd> {
    if (this.#isNotOurs()) return this.#notOurs();
    const { store, clock, log } = this.#services;
    const attempt = { ...this.#fence, failures: this.#claimed.failures, name: this.#claimed.input.name };
    const stored = { code: error.code, params: error.params };
    try {
      const write = () => settleFailure({ store, clock, random: Math.random }, attempt, error, traceback);
      const settled = await insist(write, () => this.#lease.held());
      const again = error.code === 'WORKER_STOPPED' ? 'handed_back' : 'retried';
      const outcome = settled === 'fenced' ? 'lost' : settled === 'failed' ? 'failed' : again;
      return { outcome, result: null, error: stored, traceback };
    } catch (thrown) {
      // The lease runs out and the step is found again.
      log.error({ err: thrown, ...this.#fence }, 'the end of a custom step could not be recorded');
      return { outcome: 'lost', result: null, error: stored, traceback };
    }
  }

  #isNotOurs(): boolean {
    return this.#stopped === 'cancelled' || this.#stopped === 'lost';
  }

  #notOurs(): AttemptEnd {
    const outcome = this.#stopped === 'cancelled' ? 'cancelled' : 'lost';
    return { outcome, result: null, error: null, traceback: null };
  }

  /** A line of the workflow's log; one that cannot be written is not worth the step. */
  #say(code: string, params: LogEntry['params']): void {
    const { store, clock, log } = this.#services;
    const entry: LogEntry = { at: clock.now().toISOString(), level: 'info', code, params };
    store
      .appendLogs(this.#fence, [entry])
      .catch((thrown: unknown) => log.warn({ err: thrown, code }, 'a line is lost'));
  }
}

/** The id of what is sent for a task of ours: another task, but the same one whoever sends it. */
function foreignId(taskId: string): string {
  const hash = createHash('sha1').update(`zincir.custom ${taskId}`).digest('hex');
  // A UUID of version 5, though of no registered namespace.
  const variant = ((Number.parseInt(hash.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-${variant}${hash.slice(18, 20)}-${hash.slice(20, 32)}`;
}
