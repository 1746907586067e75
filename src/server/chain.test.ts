import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claim,
  completeSteps,
  createWorkflow,
  metric,
  smallCsv,
  startTestServer,
  type TestServer,
  trainingResult,
  uploadCsv,
} from '../../test/support/server.js';
import { DatasetList, LogList, MetricList, Problem, Readiness, StepList, WorkflowList } from '../contract/api.js';
import { Dataset, DatasetPreview, DatasetProfile, TrainingResult, Workflow } from '../contract/entities.js';

let server: TestServer;
let datasetId: number;
beforeAll(async () => {
  server = await startTestServer();
  datasetId = (await uploadCsv(server)).id;
});
afterAll(() => server.close());

const get = async (url: string, headers: Record<string, string> = {}) =>
  (await server.app.inject({ url, headers })).json<unknown>();
const post = (url: string, payload?: object) => server.app.inject({ method: 'POST', url, payload });

describe('datasets', () => {
  it('are listed, shown, profiled and previewed', async () => {
    const { items } = DatasetList.parse(await get('/api/datasets?search=small'));
    expect(items.map(({ id }) => id)).toContain(datasetId);
    expect(Dataset.parse(await get(`/api/datasets/${datasetId}`))).toMatchObject({ id: datasetId, workflows: 0 });
    const profile = DatasetProfile.parse(await get(`/api/datasets/${datasetId}/profile`));
    expect(profile).toMatchObject({ rows: 40, rowsWithMissing: 1, complete: true });
    const preview = DatasetPreview.parse(await get(`/api/datasets/${datasetId}/preview?rows=8`));
    expect(preview.columns).toEqual(['length', 'width', 'colour', 'kind']);
    expect(preview.rows).toHaveLength(8);
    expect(preview.rows[7]?.[0]).toBeNull();
  });

  it('are removed while no workflow uses them, and then may come again', async () => {
    const text = smallCsv.replaceAll('left', 'removed');
    const { id } = await uploadCsv(server, text);
    const removed = await server.app.inject({ method: 'DELETE', url: `/api/datasets/${id}` });
    expect(removed.statusCode).toBe(204);
    expect(removed.body).toBe('');
    expect(Problem.parse(await get(`/api/datasets/${id}`)).code).toBe('DATASET_NOT_FOUND');
    const again = await uploadCsv(server, text);
    expect(again.duplicate).not.toBe(true);
    await createWorkflow(server, again.id, { start: false });
    const kept = await server.app.inject({ method: 'DELETE', url: `/api/datasets/${again.id}` });
    expect(kept.json()).toMatchObject({ code: 'DATASET_IN_USE', status: 409 });
  });
});

describe('a workflow', () => {
  it('is created with a 201, its address and all that is known of it', async () => {
    const response = await post('/api/workflows', {
      datasetId,
      name: 'Mine',
      config: { model: 'MLP', target: 'kind', params: { epochs: 3, penalty: 'l1' } },
    });
    expect(response.statusCode).toBe(201);
    const workflow = Workflow.parse(response.json());
    expect(response.headers.location).toBe(`/api/workflows/${workflow.id}`);
    expect(workflow).toMatchObject({ name: 'Mine', status: 'RUNNING', model: 'MLP', ignored: ['penalty'], epochs: 3 });
    expect(workflow.config.params).toMatchObject({ epochs: 3, batch_size: 32 });
    expect(workflow.steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'upload QUEUED',
      'preprocess PENDING',
      'train PENDING',
    ]);
    expect(Workflow.parse(await get(`/api/workflows/${workflow.id}`))).toEqual(workflow);
  });

  it('shows steps, metrics, logs and result page by page when it is done', async () => {
    const { id } = await createWorkflow(server, datasetId);
    const early = await server.app.inject(`/api/workflows/${id}/result`);
    expect(early.json()).toMatchObject({
      code: 'ARTIFACT_NOT_READY',
      status: 409,
      params: { id, name: 'result', step: 'train' },
    });
    await completeSteps(server, id);
    const steps = StepList.parse(await get(`/api/workflows/${id}/steps`));
    expect(steps.items.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(MetricList.parse(await get(`/api/workflows/${id}/metrics`))).toEqual({
      items: [metric(1), metric(2), metric(3)],
      nextCursor: null,
    });
    expect(MetricList.parse(await get(`/api/workflows/${id}/metrics?after=2`)).items).toEqual([metric(3)]);
    expect(TrainingResult.parse(await get(`/api/workflows/${id}/result`))).toEqual(trainingResult);
    expect(Workflow.parse(await get(`/api/workflows/${id}`))).toMatchObject({
      status: 'COMPLETED',
      validationAccuracy: 0.875,
      result: trainingResult,
    });

    const all = LogList.parse(await get(`/api/workflows/${id}/logs`));
    expect(all.nextCursor).toBeNull();
    const paged: unknown[] = [];
    let after = '0';
    for (;;) {
      const page = LogList.parse(await get(`/api/workflows/${id}/logs?after=${after}&limit=2`));
      paged.push(...page.items);
      if (page.nextCursor === null) break;
      after = page.nextCursor;
    }
    expect(paged).toEqual(all.items);
    expect(all.items.map(({ message }) => message)).toContain('Step upload is queued.');
    const turkish = LogList.parse(await get(`/api/workflows/${id}/logs`, { 'accept-language': 'tr' }));
    expect(turkish.items.map(({ code }) => code)).toEqual(all.items.map(({ code }) => code));
    expect(turkish.items.map(({ message }) => message)).not.toEqual(all.items.map(({ message }) => message));
  });

  it('is cancelled once, retried after that, and not while it runs', async () => {
    const { id } = await createWorkflow(server, datasetId);
    expect((await post(`/api/workflows/${id}/retry`)).json()).toMatchObject({
      code: 'WORKFLOW_NOT_FAILED',
      status: 409,
    });
    const cancelled = await post(`/api/workflows/${id}/cancel`);
    expect(cancelled.statusCode).toBe(200);
    expect(Workflow.parse(cancelled.json()).status).toBe('CANCELLED');
    expect((await post(`/api/workflows/${id}/cancel`)).json()).toMatchObject({ code: 'WORKFLOW_ENDED', status: 409 });
    const retried = await post(`/api/workflows/${id}/retry`);
    expect(Workflow.parse(retried.json()).status).toBe('RUNNING');
  });

  it('tells the error of a failed step in the language of the client', async () => {
    const { id } = await createWorkflow(server, datasetId);
    const { input } = await claim(server, id, 'upload');
    const fence = { stepId: input.stepId, attempt: input.attempt };
    const error = { code: 'CSV_RAGGED' as const, params: { line: 7, found: 3, expected: 4 } };
    await server.store.failStep(fence, error, null, new Date());
    expect(Workflow.parse(await get(`/api/workflows/${id}`)).error).toMatchObject({
      code: 'CSV_RAGGED',
      message: 'Line 7 has 3 fields, the header has 4.',
    });
    const turkish = Workflow.parse(await get(`/api/workflows/${id}`, { 'accept-language': 'tr' }));
    expect(turkish.error?.message).toContain('7');
    expect(turkish.error?.message).not.toContain('fields');
  });

  it('waits when asked to, starts by run, runs on by run, and once ended runs anew as another', async () => {
    const { id, status } = await createWorkflow(server, datasetId, { start: false });
    expect(status).toBe('PENDING');
    const started = await post(`/api/workflows/${id}/run`);
    expect([started.statusCode, Workflow.parse(started.json()).status]).toEqual([200, 'RUNNING']);
    const running = await post(`/api/workflows/${id}/run`);
    expect([running.statusCode, Workflow.parse(running.json()).id]).toEqual([200, id]);
    await completeSteps(server, id);
    const anew = await post(`/api/workflows/${id}/run`);
    const other = Workflow.parse(anew.json());
    expect([anew.statusCode, anew.headers.location]).toEqual([201, `/api/workflows/${other.id}`]);
    expect(other.id).not.toBe(id);
  });

  it('is restarted and composed as a new one that tells where it comes from', async () => {
    const { id: first } = await createWorkflow(server, datasetId);
    const restarted = await post(`/api/workflows/${first}/restart`);
    expect(restarted.statusCode).toBe(201);
    expect(Workflow.parse(restarted.json()).origin).toEqual({ kind: 'restart', from: first });
    const { id: second } = await createWorkflow(server, datasetId, {
      config: { model: 'PA', target: 'kind', params: { C: 0.5 } },
    });
    const composed = await post('/api/workflows/compose', { datasetFrom: first, configFrom: second, name: 'Both' });
    expect(composed.statusCode).toBe(201);
    expect(composed.headers.location).toBe(`/api/workflows/${Workflow.parse(composed.json()).id}`);
    expect(Workflow.parse(composed.json())).toMatchObject({
      name: 'Both',
      model: 'PA',
      origin: { kind: 'compose', datasetFrom: first, configFrom: second },
    });
  });

  it('is found in the list by model, status and words, sorted and page by page', async () => {
    const list = async (query: string) => WorkflowList.parse(await get(`/api/workflows?${query}`));
    const all = await list('limit=200');
    expect(all.total).toBe(all.items.length);
    expect((await list('model=PA,MLP')).items.map(({ model }) => model)).not.toContain('LR');
    expect((await list('status=COMPLETED&sort=-validationAccuracy')).items[0]?.validationAccuracy).toBe(0.875);
    expect((await list('search=Mine')).items.map(({ name }) => name)).toEqual(['Mine']);
    const paged: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: WorkflowList = await list(`limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      paged.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all.items.map(({ id }) => id));
    const nonsense = await server.app.inject('/api/workflows?cursor=nonsense');
    expect(nonsense.json()).toMatchObject({ code: 'REQUEST_INVALID', status: 400 });
  });
});

describe('the service', () => {
  it('says that it is alive, and what it depends on', async () => {
    expect(await get('/healthz')).toEqual({ status: 'ok', service: 'zincir', version: '0.0.0-test' });
    const response = await server.app.inject('/readyz');
    const readiness = Readiness.parse(response.json());
    expect(readiness.checks.find(({ name }) => name === 'database')?.ok).toBe(true);
    expect(response.statusCode).toBe(readiness.checks.every(({ ok }) => ok) ? 200 : 503);
  });
});
