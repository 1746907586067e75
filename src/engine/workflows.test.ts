import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { claimNext, fenceOf, outputOf, runToEnd, trainingResult } from '../../test/conformance/chain.js';
import { createEngineBench, type EngineBench, flowers, inPieces } from '../../test/support/engine.js';
import type { WorkflowCreate } from '../contract/api.js';
import { Preprocessing } from '../contract/config.js';
import { Workflow, WorkflowSummary } from '../contract/entities.js';
import type { Workflows } from './engine.js';

let bench: EngineBench;
let workflows: Workflows;
beforeAll(async () => {
  bench = await createEngineBench();
  workflows = bench.engine.workflows;
});
afterAll(() => bench?.close());

const config = (more: Partial<WorkflowCreate['config']> = {}): WorkflowCreate['config'] => ({
  model: 'MLP',
  target: 'species',
  params: {},
  preprocessing: Preprocessing.parse({}),
  ...more,
});
const count = async () => (await workflows.list({ model: [], status: [], sort: 'id', limit: 1 })).total;
const status = async (id: number) => (await workflows.summary(id)).status;
const finished = async () => {
  const id = await bench.create();
  await runToEnd(bench.store, id);
  return id;
};

describe('creation', () => {
  test('fills in the defaults of the model, names what has no effect, and starts', async () => {
    const { id: datasetId } = await bench.upload(flowers);
    const id = await workflows.create({ datasetId, config: config({ params: { epochs: 3, C: 2 } }), start: true });
    const workflow = await workflows.get(id, 'en');
    expect(workflow).toMatchObject({
      name: 'flowers · MLP',
      status: 'RUNNING',
      ignored: ['C'],
      epochs: 3,
      origin: null,
      result: null,
      artifacts: [],
      config: { model: 'MLP', params: { epochs: 3, batch_size: 32, hidden_layer_sizes: [100] } },
    });
    expect(Workflow.parse(workflow)).toEqual(workflow);
  });

  test.each([
    [flowers, config({ target: 'kind' }), 'TARGET_UNKNOWN', { target: 'kind', columns: 'a, b, species' }],
    [
      flowers,
      config({ preprocessing: Preprocessing.parse({ columns: { z: { use: false } } }) }),
      'COLUMN_UNKNOWN',
      { column: 'z', columns: 'a, b, species' },
    ],
    ['a,b\n1,x\n2,x\n3,x\n', config({ target: 'b' }), 'TARGET_CONSTANT', { target: 'b', value: 'x' }],
    ['a,b\n1,\n2,\n3,\n', config({ target: 'b' }), 'TARGET_EMPTY', { target: 'b' }],
    ['a,b\n1,u\n1,v\n2,w\n3,x\n4,y\n5,z\n', config({ target: 'b' }), 'TARGET_ALL_DISTINCT', { target: 'b', rows: 6 }],
    ['a,b\n1,0.5\n1,1.5\n2,2.5\n', config({ target: 'b' }), 'TARGET_CONTINUOUS', { target: 'b', value: '0.5' }],
    [
      flowers,
      config({ preprocessing: Preprocessing.parse({ columns: { species: { use: false } } }) }),
      'TARGET_LEFT_OUT',
      { target: 'species' },
    ],
    [flowers, config({ params: { epochs: 0 } }), 'PARAM_INVALID', expect.objectContaining({ name: 'epochs' })],
    [flowers, config({ params: { eta: 0 } }), 'PARAM_UNKNOWN', expect.objectContaining({ name: 'eta' })],
  ])('what is certain to fail is refused before anything is recorded: %#', async (text, wrong, code, params) => {
    const { id: datasetId } = await bench.upload(text);
    const before = await count();
    await expect(workflows.create({ datasetId, config: wrong, start: true })).rejects.toMatchObject({ code, params });
    expect(await count()).toBe(before);
  });

  test('columns are those of the file as the config says it is to be read', async () => {
    const { id: datasetId } = await bench.upload('a;b,species\n1;2,x\n3;4,y\n5;2,x\n');
    const reading = Preprocessing.parse({ reading: { delimiter: ';' } });
    const id = await workflows.create({
      datasetId,
      config: config({ target: 'b,species', preprocessing: reading }),
      start: false,
    });
    expect(await status(id)).toBe('PENDING');
    await expect(
      workflows.create({ datasetId, config: config({ preprocessing: reading }), start: false }),
    ).rejects.toMatchObject({ code: 'TARGET_UNKNOWN' });
  });

  test('an unknown dataset is refused', async () => {
    const create = workflows.create({ datasetId: 999_999, config: config(), start: true });
    await expect(create).rejects.toMatchObject({ code: 'DATASET_NOT_FOUND', params: { id: 999_999 } });
  });
});

describe('run, restart, compose', () => {
  test('run starts what waits, leaves alone what runs, and restarts what has ended', async () => {
    const id = await bench.create({ start: false });
    expect(await workflows.run(id)).toBe(id);
    expect(await status(id)).toBe('RUNNING');
    expect(await workflows.run(id)).toBe(id);
    await runToEnd(bench.store, id);
    const again = await workflows.run(id);
    expect(again).toBeGreaterThan(id);
    expect(await workflows.get(again, 'en')).toMatchObject({
      status: 'RUNNING',
      name: 'flowers · LR',
      origin: { kind: 'restart', from: id },
    });
    expect(await status(id)).toBe('COMPLETED');
    await expect(workflows.run(999_999)).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  });

  test('a restart has the same dataset and config, whatever state the first one is in', async () => {
    const id = await bench.create();
    const restarted = await workflows.get(await workflows.restart(id), 'en');
    const original = await workflows.get(id, 'en');
    expect([restarted.config, restarted.dataset]).toEqual([original.config, original.dataset]);
    expect(original.status).toBe('RUNNING');
  });

  test('a composition takes the dataset and how it is read from one, and all else from the other', async () => {
    const { id: datasetId } = await bench.upload(flowers.replaceAll(',', ';').replaceAll('.', ','));
    const reading = Preprocessing.parse({ missing: 'drop', reading: { delimiter: ';', decimal: ',' } });
    const one = await workflows.create({ datasetId, config: config({ preprocessing: reading }), start: false });
    const other = await workflows.create({
      datasetId: (await bench.upload(flowers)).id,
      config: config({ model: 'SVM', params: { epochs: 4 }, preprocessing: Preprocessing.parse({ stratify: true }) }),
      start: false,
    });
    const id = await workflows.compose({ datasetFrom: one, configFrom: other, name: 'both' });
    expect(await workflows.get(id, 'en')).toMatchObject({
      name: 'both',
      status: 'RUNNING',
      dataset: { id: datasetId },
      origin: { kind: 'compose', datasetFrom: one, configFrom: other },
      config: {
        model: 'SVM',
        params: { epochs: 4 },
        preprocessing: { missing: 'impute', stratify: true, reading: { delimiter: ';', decimal: ',' } },
      },
    });
  });

  test('a composition whose target is no column of the other dataset is refused before anything starts', async () => {
    const one = await bench.create({ text: 'x,y,kind\n1,2,u\n2,2,v\n3,1,u\n', target: 'kind' });
    const other = await bench.create();
    const before = await count();
    await expect(workflows.compose({ datasetFrom: one, configFrom: other })).rejects.toMatchObject({
      code: 'TARGET_UNKNOWN',
      params: { target: 'species', columns: 'x, y, kind' },
    });
    expect(await count()).toBe(before);
  });
});

describe('cancel and retry', () => {
  test('cancel ends what has not ended, retry begins again what failed or was cancelled', async () => {
    const id = await bench.create();
    await expect(workflows.retry(id)).rejects.toMatchObject({
      code: 'WORKFLOW_NOT_FAILED',
      params: { id, status: 'RUNNING' },
    });
    await workflows.cancel(id);
    await expect(workflows.cancel(id)).rejects.toMatchObject({
      code: 'WORKFLOW_ENDED',
      params: { id, status: 'CANCELLED' },
    });
    await workflows.retry(id);
    expect(await status(id)).toBe('RUNNING');
    await expect(workflows.cancel(999_999)).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
    await expect(workflows.retry(999_999)).rejects.toMatchObject({ code: 'WORKFLOW_NOT_FOUND' });
  });
});

describe('reading', () => {
  test('a finished workflow shows result, durations and the files of the contract only', async () => {
    const id = await finished();
    const workflow = await workflows.get(id, 'en');
    expect(workflow).toMatchObject({ status: 'COMPLETED', durationMs: 0, result: trainingResult });
    expect(workflow.artifacts.map(({ name }) => name)).toEqual(['model.joblib', 'processed.pkl', 'report.json']);
    expect(Workflow.parse(workflow)).toEqual(workflow);
    const { version, ...summary } = await workflows.summary(id);
    expect(version).toBeGreaterThan(1);
    expect(WorkflowSummary.parse(summary)).toEqual(summary);
    const { items } = await workflows.list({ model: [], status: [], search: `${id}`, sort: '-id', limit: 1 });
    expect(items).toEqual([summary]);
  });

  test('errors and log lines are read in the language that is asked for', async () => {
    const id = await bench.create();
    const claimed = await claimNext(bench.store, id);
    const error = { code: 'CSV_RAGGED', params: { line: 3, found: 1, expected: 2 } } as const;
    await bench.store.failStep(fenceOf(claimed), error, null, claimed.leaseUntil);
    const [english, turkish] = [await workflows.get(id, 'en'), await workflows.get(id, 'tr')];
    expect(english.error?.message).toBe('Line 3 has 1 field, the header has 2.');
    expect(turkish.error?.message).toMatch(/3/);
    expect(turkish.error?.message).not.toBe(english.error?.message);
    expect((await workflows.steps(id, 'en'))[0]).toMatchObject({ status: 'FAILED', durationMs: 30_000, error });
    const lines = await workflows.logs(id, 0, 100, 'en');
    expect(lines.map(({ message }) => message)).toEqual([
      'Workflow created.',
      'Step upload is queued.',
      'Step upload started on worker-1 (attempt 1).',
      'Step upload failed: Line 3 has 1 field, the header has 2.',
    ]);
    expect(await workflows.logs(id, lines[2]?.id ?? 0, 100, 'en')).toEqual(lines.slice(3));
  });

  test('a file is opened when it is there, promised while it may come, and unknown otherwise', async () => {
    const running = await bench.create();
    await expect(workflows.artifact(running, 'model.joblib')).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_READY',
      params: { id: running, name: 'model.joblib', step: 'train' },
    });
    await expect(workflows.artifact(running, '../secret')).rejects.toMatchObject({ code: 'ARTIFACT_NOT_FOUND' });
    const upload = await claimNext(bench.store, running);
    await bench.store.completeStep(fenceOf(upload), outputOf(upload), upload.leaseUntil);
    const preprocess = await claimNext(bench.store, running);
    const [file] = outputOf(preprocess).files;
    await bench.files.write(file?.file ?? '', inPieces('content'));
    await bench.store.completeStep(fenceOf(preprocess), outputOf(preprocess), upload.leaseUntil);
    const artifact = await workflows.artifact(running, 'processed.pkl');
    const chunks: Uint8Array[] = [];
    for await (const chunk of artifact.open({ start: 3, length: 3 })) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('ten');
    await workflows.cancel(running);
    await expect(workflows.artifact(running, 'model.joblib')).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
      params: { id: running, name: 'model.joblib', names: 'processed.pkl' },
    });
  });

  test('what is asked of a workflow that is not there says so', async () => {
    const missing = { code: 'WORKFLOW_NOT_FOUND', params: { id: 999_999 } };
    await expect(workflows.get(999_999, 'en')).rejects.toMatchObject(missing);
    await expect(workflows.metrics(999_999, 0, 10)).rejects.toMatchObject(missing);
    await expect(workflows.logs(999_999, 0, 10, 'en')).rejects.toMatchObject(missing);
    await expect(workflows.artifact(999_999, 'model.joblib')).rejects.toMatchObject(missing);
  });
});
