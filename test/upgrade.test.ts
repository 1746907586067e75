/** Old and new versions side by side; the rules are in docs/decisions/0005-upgrades.md. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMemoryBroker } from '../src/broker/memory.js';
import { LogList, WorkflowList } from '../src/contract/api.js';
import { Workflow } from '../src/contract/entities.js';
import { renderError, renderLog } from '../src/contract/messages/render.js';
import { ChildMessage, HostMessage, StepInput, TaskMessage, whyNotRunnable } from '../src/contract/tasks.js';
import { migrations } from '../src/database/migrations/embedded.js';
import { createEngine } from '../src/engine/create-engine.js';
import type { Store } from '../src/engine/ports.js';
import { createSniffer } from '../src/main/sniffer.js';
import { createFileStorage } from '../src/storage/filesystem.js';
import { parseAnswer } from '../src/web/api/client.js';
import { fixture, openOlderDatabase, type Rows, rowsOf010 } from './support/older-database.js';
import { temporaryDirectory } from './support/program.js';
import { startTestServer } from './support/server.js';
import { createWorkerBench } from './support/worker/worker-bench.js';

/** What version 0.1.0 sent, recorded from its runs. */
const sent = z
  .object({ tasks: z.array(z.unknown()), host: z.array(z.unknown()), child: z.array(z.unknown()) })
  .parse(fixture('messages-0.1.0.json'));
const inputs = sent.host.flatMap((message) => {
  const parsed = z.object({ type: z.literal('run'), input: z.unknown() }).safeParse(message);
  return parsed.success ? [parsed.data.input] : [];
});
const firstInput = () => StepInput.parse(structuredClone(inputs[0]));

/** Objects that hold anything by design: what is in them is kept. */
const open = ['params', 'result', 'results'];

/** The value with a field that no version knows in every object of a fixed shape. */
function withUnknownFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownFields);
  if (typeof value !== 'object' || value === null) return value;
  const inside = Object.entries(value).map(([key, inner]) => [
    key,
    open.includes(key) ? inner : withUnknownFields(inner),
  ]);
  return { ...Object.fromEntries(inside), addedLater: { since: '9.0.0' } };
}

describe('messages of version 0.1.0', () => {
  test('are read as they were written', () => {
    for (const message of sent.tasks) expect(TaskMessage.parse(message)).toEqual(message);
    for (const message of sent.host) expect(HostMessage.parse(message)).toEqual(message);
    for (const message of sent.child) expect(ChildMessage.parse(message)).toEqual(message);
    expect([sent.tasks.length, sent.host.length, sent.child.length]).toEqual([3, 5, 11]);
  });

  test('ask for nothing that this version would not run', () => {
    expect(inputs.map((input) => whyNotRunnable(StepInput.parse(input)))).toEqual([null, null, null, null]);
  });
});

describe('messages of a newer version', () => {
  test('are read without the fields that it added', () => {
    for (const message of sent.tasks) expect(TaskMessage.parse(withUnknownFields(message))).toEqual(message);
    for (const message of sent.child) expect(ChildMessage.parse(withUnknownFields(message))).toEqual(message);
    for (const input of inputs) {
      expect(() => HostMessage.parse(withUnknownFields({ type: 'run', input, scratch: '/tmp/x' }))).not.toThrow();
    }
  });

  test('are not run where their config asks for what this version would leave out', () => {
    const { config } = firstInput();
    const changed = (changes: object) =>
      whyNotRunnable(Object.assign(firstInput(), { config: { ...config, ...changes } }));
    expect(changed({ preprocessing: { ...config.preprocessing, outliers: 'clip' } })).toBe(
      'config.preprocessing.outliers is not known to this version',
    );
    expect(changed({ preprocessing: { ...config.preprocessing, columns: { sex: { encode: 'target' } } } })).toBe(
      'config.preprocessing.columns.sex.encode is not known to this version',
    );
    expect(changed({ params: { ...config.params, dropout: 0.5 } })).toBe(
      'config.params.dropout is not known to this version',
    );
    expect(changed({ model: 'GBT' })).toContain('model');
    expect(whyNotRunnable(Object.assign(firstInput(), { name: 'evaluate' }))).toContain('name');
    expect(whyNotRunnable(Object.assign(firstInput(), { addedLater: 1 }))).toBe(null);
  });

  test('leave a step waiting for a newer worker, and count no fault', async () => {
    const bench = await createWorkerBench();
    const { store } = bench;
    const newer: typeof store.claimStep = async (...given) => {
      const claimed = await store.claimStep(...given);
      if (claimed) Object.assign(claimed.input.config.params, { dropout: 0.5 });
      return claimed;
    };
    const worker = bench.worker({ store: { ...store, claimStep: newer } });
    await worker.start();
    const id = await bench.start('mark');
    const { status, steps } = await bench.until(id, (workflow) => workflow.steps[0]?.retryAt !== null);
    expect(status).toBe('RUNNING');
    expect(steps[0]).toMatchObject({ name: 'upload', status: 'QUEUED', attempt: 1, error: null });
    await worker.stop();
    await bench.close();
  });
});

describe.each(['0.1.0', 'today'] as const)('rows of version 0.1.0 in the tables of %s', (tables) => {
  test('are shown, claimed, and continued from their checkpoint', async () => {
    const { store, close } = await openOlderDatabase(tables, rowsOf010());
    const now = new Date('2030-01-01T00:00:00Z');
    expect((await store.findWorkflow(1))?.status).toBe('COMPLETED');
    expect(await store.metricsAfter(1, 0, 10)).toHaveLength(3);
    expect((await store.logsAfter(1, 0, 100)).length).toBeGreaterThan(0);

    // The one that waited is taken up.
    const waiting = await store.claimStep(7, 'zincir@new-1', 30_000, now);
    expect(whyNotRunnable(waiting?.input ?? firstInput())).toBe(null);
    expect(waiting?.input).toMatchObject({ workflowId: 3, name: 'upload', attempt: 1 });

    // The one whose worker is gone goes on from its checkpoint, under the next attempt.
    const [expired] = await store.expiredSteps(now, 10);
    expect(expired).toMatchObject({ stepId: 6, attempt: 1, name: 'train' });
    await store.requeueStep({ stepId: 6, attempt: 1 }, null, now, false, now);
    const resumed = await store.claimStep(6, 'zincir@new-1', 30_000, now);
    expect(resumed?.input).toMatchObject({ attempt: 2, checkpoint: 'workflows/2/train-1/checkpoint-9034' });
    expect(resumed?.input.files.map(({ name }) => name)).toContain('processed.pkl');
    await close();
  });
});

describe('words of a newer version', () => {
  test('in the database do not make an older server fail', async () => {
    const { store, close } = await openOlderDatabase('today', newerRows());
    const server = await startTestServer({ wrap: () => engineOn(store) });
    const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json();
    const list = WorkflowList.parse(await get('/api/workflows'));
    expect(list.items.map(({ id }) => id)).toEqual(expect.arrayContaining([1, 2]));
    const workflow = Workflow.parse(await get('/api/workflows/3'));
    expect(workflow.status).toBe('RUNNING');
    expect(workflow.steps.map(({ name, status }) => [name, status])).toEqual([
      ['upload', 'RUNNING'],
      ['preprocess', 'PENDING'],
      ['train', 'PENDING'],
    ]);
    expect(workflow.steps[0]?.error).toEqual({
      code: 'GPU_LOST',
      params: { card: 3 },
      message: 'GPU_LOST',
      hint: 'A newer version of Zincir wrote this. Reload the page, or bring every node to the same version.',
    });
    const logs = LogList.parse(await get('/api/workflows/3/logs'));
    expect(logs.items).toMatchObject([{ level: 'info', step: null, code: 'gpuChosen', message: 'gpuChosen' }]);
    await server.close();
    await close();
  });

  test('in an answer are shown by an older page in the words that came with them', () => {
    const error = { code: 'GPU_LOST', params: { card: 3 }, message: 'Card 3 is gone.', hint: 'Put it back.' };
    expect(renderError('tr', error)).toEqual(error);
    expect(renderLog('tr', 'gpuChosen', { card: 3 })).toBe('gpuChosen');
    const problem = {
      type: 'about:blank',
      title: 'Gone',
      status: 410,
      detail: 'Card 3 is gone.',
      hint: 'Put it back.',
    };
    expect(() => parseAnswer(z.null(), 410, JSON.stringify({ ...problem, code: 'GPU_LOST' }))).toThrow('GPU_LOST');
  });
});

describe('migrations', () => {
  test('that were released are never changed', () => {
    const [first] = migrations;
    expect(createHash('sha256').update(JSON.stringify(first)).digest('hex')).toBe(
      '5f5d9202281a6d8250ebeb8c23c3355588609c183b84e88c0fb9d78e04854bc3',
    );
  });

  test('add only what an older node can leave out, and take nothing away that it uses', () => {
    const later = migrations.slice(1).flatMap(({ statements }) => statements);
    // What an older node does not know of, it does not write to.
    const fresh = later.flatMap((statement) => /^CREATE TABLE ("\w+")/i.exec(statement)?.[1] ?? []);
    for (const statement of later) {
      if (fresh.some((table) => new RegExp(`\\b(ON|ALTER TABLE) ${table}`, 'i').test(statement))) continue;
      const added = /\bADD COLUMN\b(.*)/i.exec(statement)?.[1];
      if (added && /\bNOT NULL\b/i.test(added)) expect(added).toMatch(/\bDEFAULT\b/i);
      expect(statement).not.toMatch(/\b(DROP (TABLE|COLUMN)|RENAME|SET NOT NULL|ALTER COLUMN|SET DATA TYPE)\b/i);
      expect(statement).not.toMatch(/\bADD CONSTRAINT\b|\bCREATE UNIQUE INDEX\b/i);
    }
  });
});

function engineOn(store: Store) {
  const files = createFileStorage(temporaryDirectory());
  const clock = { now: () => new Date() };
  return createEngine({ store, files, clock, broker: createMemoryBroker(), sniffer: createSniffer(files) });
}

/** Workflow 3 as a newer version may have left it. */
function newerRows(): Rows {
  const rows = rowsOf010();
  const change = (table: string, id: number, changes: Record<string, unknown>) =>
    Object.assign(rows[table]?.find((row) => row.id === id) ?? {}, changes);
  change('workflow', 3, { status: 'PAUSED' });
  const first = change('workflow_step', 7, { status: 'MOVING', error: { code: 'GPU_LOST', params: { card: 3 } } });
  rows.workflow_step?.push({ ...first, id: 99, name: 'evaluate', position: 3, status: 'MOVING' });
  const line = { id: 99, workflow_id: 3, at: '2030-01-01T00:00:00Z', step: 'evaluate', attempt: 1 };
  rows.workflow_log = [{ ...line, level: 'notice', code: 'gpuChosen', params: { card: 3 } }];
  return rows;
}
