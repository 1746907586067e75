/** The few requests that end-to-end tests make, over plain HTTP. */
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import { Dataset, Workflow } from '../../src/contract/entities.js';

export async function upload(url: string, file: string): Promise<Dataset> {
  const form = new FormData();
  form.append('file', await openAsBlob(file), path.basename(file));
  return Dataset.parse(await json(await fetch(`${url}/api/datasets`, { method: 'POST', body: form })));
}

export async function createWorkflow(url: string, body: unknown): Promise<Workflow> {
  const response = await fetch(`${url}/api/workflows`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return Workflow.parse(await json(response));
}

export async function getWorkflow(url: string, id: number): Promise<Workflow> {
  return Workflow.parse(await json(await fetch(`${url}/api/workflows/${id}`)));
}

/** Asks every `pauseMs` until `done` holds. */
export async function waitFor(
  url: string,
  id: number,
  done: (workflow: Workflow) => boolean,
  timeoutMs = 60_000,
  pauseMs = 100,
): Promise<Workflow> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const workflow = await getWorkflow(url, id);
    if (done(workflow)) return workflow;
    if (Date.now() > deadline)
      throw new Error(`workflow ${id} is still ${workflow.status}: ${JSON.stringify(workflow.steps)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

export const hasEnded = ({ status }: Workflow): boolean => status !== 'PENDING' && status !== 'RUNNING';

async function json(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text);
}
