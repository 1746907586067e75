/** A user who asks again until the answer comes, as people and scripts do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowConfigInput } from '../../src/contract/config.js';
import { Dataset, Workflow, type WorkflowStatus } from '../../src/contract/entities.js';
import type { Control } from './control.js';

const pauseMs = 400;
const answerWithinMs = 10_000;

export interface User {
  upload(file: string, csv: string): Promise<number>;
  create(name: string, datasetId: number, config: WorkflowConfigInput): Promise<number>;
  cancel(id: number): Promise<void>;
  /** Requests that had no answer, or one that asks to try again. */
  readonly refused: number;
}

/** @param control a connection to the database that no fault touches */
export function createUser(url: string, control: Control, deadline: () => number): User {
  let refused = 0;
  const ask = async (path: string, init: RequestInit): Promise<Response | null> => {
    try {
      const response = await fetch(url + path, { ...init, signal: AbortSignal.timeout(answerWithinMs) });
      const body = await response.text();
      if (response.ok || response.status === 409) return new Response(body, { status: response.status });
      if (response.status < 500) throw new Error(`${path}: ${response.status} ${body}`);
    } catch (thrown) {
      if (thrown instanceof Error && thrown.message.startsWith(path)) throw thrown;
    }
    refused++;
    return null;
  };
  const untilAnswered = async <Result>(work: () => Promise<Result | null>): Promise<Result> => {
    for (;;) {
      const result = await work();
      if (result !== null) return result;
      if (Date.now() > deadline()) throw new Error('the server never answered');
      await sleep(pauseMs);
    }
  };
  return {
    get refused() {
      return refused;
    },
    upload: (file, csv) =>
      untilAnswered(async () => {
        const form = new FormData();
        form.append('file', new Blob([csv]), file);
        const response = await ask('/api/datasets', { method: 'POST', body: form });
        return response && Dataset.parse(await response.json()).id;
      }),
    create: (name, datasetId, config) =>
      untilAnswered(async () => {
        const response = await ask('/api/workflows', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name, datasetId, config, start: true }),
        });
        if (response) return Workflow.parse(await response.json()).id;
        // The answer may be what was lost.
        await sleep(pauseMs);
        const { rows } = await control.query<{ id: number }>('SELECT id FROM workflow WHERE name = $1', [name]);
        return rows[0]?.id ?? null;
      }),
    cancel: (id) =>
      untilAnswered(async () => {
        await ask(`/api/workflows/${id}/cancel`, { method: 'POST' });
        const { rows } = await control.query<{ status: WorkflowStatus }>('SELECT status FROM workflow WHERE id = $1', [
          id,
        ]);
        return rows[0]?.status === 'RUNNING' ? null : undefined;
      }),
  };
}
