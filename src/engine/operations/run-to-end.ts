/** Runs a workflow for somebody who waits for its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workflow, WorkflowStatus } from '../../contract/entities.js';
import type { Workflows } from '../engine.js';

/** Changes are told; this is for those whose word is lost. */
const lookAgainMs = 5_000;
const pauseAfterFaultMs = 2_000;

type Running = Pick<Workflows, 'call' | 'summary' | 'get' | 'watch'>;

/**
 * Resolves when the workflow that the call runs has ended; null when `signal` comes first, which leaves it running.
 * @throws AppError when it cannot be started; a database that goes away later is waited for
 */
export async function runToEnd(
  workflows: Running,
  { taskId, workflowId }: { taskId: string; workflowId: number },
  signal: AbortSignal,
): Promise<Workflow | null> {
  const id = await workflows.call(taskId, workflowId);
  const changes = new Changes(signal);
  const unwatch = await workflows.watch(id, changes.tell).catch(() => null);
  try {
    while (!signal.aborted) {
      const ended = await lookAt(workflows, id);
      if (ended === 'away') await changes.next(pauseAfterFaultMs);
      else if (ended !== null) return ended;
      else await changes.next(lookAgainMs);
    }
    return null;
  } finally {
    await unwatch?.().catch(() => {});
  }
}

/** Null: it runs. */
async function lookAt(workflows: Running, id: number): Promise<Workflow | null | 'away'> {
  try {
    const { status } = await workflows.summary(id);
    return goesOn(status) ? null : await workflows.get(id, 'en');
  } catch {
    return 'away';
  }
}

const goesOn = (status: WorkflowStatus): boolean => status === 'PENDING' || status === 'RUNNING';

/** Remembers a change that came while nobody waited for one. */
class Changes {
  readonly #signal: AbortSignal;
  #told = false;
  #wake = new AbortController();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  readonly tell = (): void => {
    this.#told = true;
    this.#wake.abort();
  };

  async next(atMostMs: number): Promise<void> {
    if (!this.#told) {
      this.#wake = new AbortController();
      const signal = AbortSignal.any([this.#wake.signal, this.#signal]);
      await sleep(atMostMs, undefined, { signal }).catch(() => {});
    }
    this.#told = false;
  }
}
