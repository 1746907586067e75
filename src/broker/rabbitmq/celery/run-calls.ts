/**
 * Calls of `zincir.run_workflow` by clients of Celery: each starts a workflow and is answered when that has ended.
 *
 * A call waits here without a slot, and its message stays unacknowledged for as long: when this process is lost,
 * another one is given it and joins the workflow that it had started. So an answer may come twice, never not at all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AsyncMessage } from 'rabbitmq-client';
import { z } from 'zod';
import type { Workflow } from '../../../contract/entities.js';
import { type AppError, toAppError } from '../../../contract/errors.js';
import { renderError } from '../../../contract/messages/render.js';
import { callQueue } from '../../../contract/tasks.js';
import type { IntroducedWorker } from '../../../engine/operations/worker-ports.js';
import type { BrokerLog, RabbitConnection } from '../connection.js';
import type { Lines } from '../lines.js';
import { type Hold, Subscription } from '../subscription.js';
import type { Topology } from '../topology.js';
import { describeFault } from '../unavailable.js';
import { type Call, decodeCall } from './call.js';
import { type CallResult, exceptionResult, Results } from './results.js';
import type { RevokedTasks } from './revoked-tasks.js';
import type { TaskEvents } from './task-events.js';

/** More wait in the queue. */
const mostCalls = 1_000;
const pauseAfterFaultMs = 2_000;
/** A timer takes no longer time than this. */
const longestSleepMs = 3600 * 1000;

export interface RunCallsOptions {
  readonly publishing: RabbitConnection;
  readonly consuming: RabbitConnection;
  readonly lines: Lines;
  readonly topology: Topology;
  readonly log: BrokerLog;
  readonly events: TaskEvents;
  readonly revoked: RevokedTasks;
  readonly introduced: Pick<IntroducedWorker, 'name' | 'now' | 'runWorkflow' | 'cancelRun'>;
}

/** Why a call is let go before its end. */
type Let = 'leaving' | 'revoked' | 'terminated';

export interface HeldCall {
  readonly call: Call;
  readonly stop: AbortController;
  /** Null: it waits for its time. */
  startedAt: Date | null;
}

export class RunCalls {
  readonly #options: RunCallsOptions;
  readonly #results: Results;
  readonly #subscription: Subscription;
  readonly #held = new Set<HeldCall>();
  readonly #handling = new Set<Promise<void>>();
  #processed = 0;

  constructor(options: RunCallsOptions) {
    const { publishing, consuming, lines, topology, log } = options;
    this.#options = options;
    this.#results = new Results(publishing);
    this.#subscription = new Subscription({
      connection: consuming,
      lines,
      topology,
      log,
      queue: callQueue,
      prefetch: mostCalls,
      receive: (received, hold) => this.#receive(received, hold),
    });
  }

  get held(): readonly HeldCall[] {
    return [...this.#held];
  }

  get processed(): number {
    return this.#processed;
  }

  /** Takes calls, from whenever the broker can be reached. */
  async open(): Promise<void> {
    await this.#subscription.open().catch(() => void this.#subscription.openUntilDone());
  }

  /** The calls that wait go back to the queue, for others. */
  async close(): Promise<void> {
    const stopping = this.#subscription.stop();
    for (const { stop } of this.#held) stop.abort('leaving' satisfies Let);
    await Promise.all([stopping, ...this.#handling]);
    await this.#results.close();
  }

  /** A call that waits for its time is given up; one whose workflow runs, with it, and only if it is to be terminated. */
  revoke(id: string, terminate: boolean): 'terminated' | 'running' | 'unknown' {
    const held = this.held.filter(({ call }) => call.id === id);
    if (held.length === 0) return 'unknown';
    if (!terminate && held.some(({ startedAt }) => startedAt !== null)) return 'running';
    for (const { stop } of held) stop.abort((terminate ? 'terminated' : 'revoked') satisfies Let);
    return 'terminated';
  }

  #receive(received: AsyncMessage, hold: Hold): void {
    const handling = this.#handle(received, hold).finally(() => this.#handling.delete(handling));
    this.#handling.add(handling);
  }

  async #handle(received: AsyncMessage, hold: Hold): Promise<void> {
    const { log } = this.#options;
    const call = decodeCall(received);
    if (call === null) {
      log.warn({ queue: callQueue, id: received.correlationId }, 'a message that is no task of Celery is dropped');
      hold.settle('dead-letter');
      return;
    }
    const held: HeldCall = { call, stop: new AbortController(), startedAt: null };
    this.#held.add(held);
    try {
      const result = await this.#resultOf(held);
      if (result === null || !hold.isOurs()) return hold.settle('requeue');
      await this.#results.send(call, result);
      this.#processed++;
      hold.settle('ack');
    } catch (thrown) {
      log.warn({ id: call.id, detail: describeFault(thrown) }, 'a call of a workflow is put off');
      await sleep(pauseAfterFaultMs, undefined, { signal: held.stop.signal }).catch(() => {});
      hold.settle('requeue');
    } finally {
      this.#held.delete(held);
    }
  }

  /** Null: it is let go, for somebody else. @throws what may pass by itself */
  async #resultOf(held: HeldCall): Promise<CallResult | null> {
    const { events, introduced, revoked } = this.#options;
    const { call, stop } = held;
    if (call.name !== callQueue) {
      const module = 'celery.exceptions';
      return exceptionResult('FAILURE', { type: 'NotRegistered', message: call.name, module });
    }
    events.received(call, introduced.now());
    await this.#waitFor(call.eta, stop.signal);
    const expired = call.expires !== null && call.expires < introduced.now();
    if (expired || revoked.has(call.id)) return this.#revoked(call, { expired, terminated: false });
    const workflowId = workflowOf(call);
    if (typeof workflowId !== 'number') return this.#failed(call, workflowId);
    if (stop.signal.aborted) return this.#letGo(held);
    held.startedAt = introduced.now();
    events.began(call.id);
    await this.#results.send(call, { status: 'STARTED', result: this.#self(), traceback: null });
    try {
      const workflow = await introduced.runWorkflow({ taskId: call.id, workflowId }, stop.signal);
      return workflow === null ? await this.#letGo(held) : this.#ended(call, workflow);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'DATABASE_UNAVAILABLE') throw error;
      return this.#failed(call, error);
    }
  }

  async #waitFor(eta: Date | null, signal: AbortSignal): Promise<void> {
    const { introduced } = this.#options;
    while (eta !== null && !signal.aborted) {
      const leftMs = eta.getTime() - introduced.now().getTime();
      if (leftMs <= 0) return;
      await sleep(Math.min(leftMs, longestSleepMs), undefined, { signal }).catch(() => {});
    }
  }

  async #letGo({ call, stop, startedAt }: HeldCall): Promise<CallResult | null> {
    const why: Let = stop.signal.reason;
    if (why === 'leaving') return null;
    if (startedAt !== null) await this.#options.introduced.cancelRun(call.id);
    return this.#revoked(call, { expired: false, terminated: why === 'terminated' });
  }

  #ended(call: Call, workflow: Workflow): CallResult {
    if (workflow.status !== 'COMPLETED') {
      const { code, params } = workflow.error ?? { code: 'CANCELLED', params: { id: workflow.id } };
      const { message, hint } = workflow.error ?? renderError('en', { code: 'CANCELLED', params });
      return this.#tellFailure(call, { type: code, message: `${message} ${hint}`.trim() });
    }
    const result = summaryOf(workflow);
    this.#options.events.succeeded(call.id, result);
    return { status: 'SUCCESS', result, traceback: null };
  }

  #failed(call: Call, error: AppError | TypeError): CallResult {
    if (error instanceof TypeError) {
      return this.#tellFailure(call, { type: 'TypeError', message: error.message, module: 'builtins' });
    }
    const { message, hint } = renderError('en', { code: error.code, params: error.params });
    return this.#tellFailure(call, { type: error.code, message: `${message} ${hint}`.trim() });
  }

  #tellFailure(call: Call, exception: { type: string; message: string; module?: string }): CallResult {
    this.#options.events.failed(call.id, exception);
    return exceptionResult('FAILURE', exception);
  }

  #revoked(call: Call, how: { expired: boolean; terminated: boolean }): CallResult {
    this.#options.events.revoked(call.id, how);
    const message = how.expired ? 'expired' : how.terminated ? 'terminated' : 'revoked';
    return exceptionResult('REVOKED', { type: 'TaskRevokedError', message, module: 'celery.exceptions' });
  }

  #self(): object {
    return { hostname: this.#options.introduced.name, pid: process.pid };
  }
}

const WorkflowId = z.int().positive().max(2_147_483_647);

/** `run_workflow(workflow_id)`, as Python would call it. */
function workflowOf({ args, kwargs }: Call): number | TypeError {
  const [given = kwargs.workflow_id, ...more] = args;
  const names = Object.keys(kwargs).filter((name) => name !== 'workflow_id' || args.length > 0);
  const id = WorkflowId.safeParse(given);
  if (id.success && more.length === 0 && names.length === 0) return id.data;
  return new TypeError(
    `${callQueue} takes one argument, the number of a workflow (a whole number from 1): ` +
      `args=${JSON.stringify(args).slice(0, 200)} kwargs=${JSON.stringify(kwargs).slice(0, 200)}`,
  );
}

/** What a client that waits is told of a workflow that has completed. */
function summaryOf(workflow: Workflow): Record<string, unknown> {
  const { id, name, status, model, trainAccuracy, validationAccuracy, epochs, durationMs, artifacts } = workflow;
  return { workflowId: id, name, status, model, trainAccuracy, validationAccuracy, epochs, durationMs, artifacts };
}
