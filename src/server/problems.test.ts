import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer, uploadCsv } from '../../test/support/server.js';
import { Problem } from '../contract/api.js';
import { messagesOf } from '../contract/messages/translate.js';

let server: TestServer;
let datasetId: number;
beforeAll(async () => {
  server = await startTestServer({
    wrap: (engine) => ({
      ...engine,
      readiness: async () => {
        throw new Error('password=hunter2 at /secret/path');
      },
    }),
  });
  datasetId = (await uploadCsv(server)).id;
});
afterAll(() => server.close());

interface Asked {
  method?: 'GET' | 'POST' | 'DELETE' | 'PATCH';
  payload?: string | object;
  headers?: Record<string, string>;
}

async function problemOf(url: string, { method = 'GET', payload, headers }: Asked = {}) {
  const response = await server.app.inject({ method, url, payload, headers });
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.headers.vary).toBe('Accept-Language');
  expect(response.headers['cache-control']).toBe('no-store');
  const problem = Problem.parse(response.json());
  expect(problem.status).toBe(response.statusCode);
  return problem;
}

const json = { 'content-type': 'application/json' };
const config = { model: 'LR', target: 'kind' };

describe('a problem document', () => {
  it('says what happened, where, and what to do', async () => {
    expect(await problemOf('/api/workflows/987?x=1')).toEqual({
      type: 'urn:zincir:error:WORKFLOW_NOT_FOUND',
      title: 'Not Found',
      status: 404,
      detail: 'There is no workflow 987.',
      instance: '/api/workflows/987',
      code: 'WORKFLOW_NOT_FOUND',
      hint: '`zincir list` shows them, and so does the Workflows page.',
      params: { id: 987 },
    });
  });

  it('speaks the language that the client asks for', async () => {
    const response = await server.app.inject({
      url: '/api/workflows/987',
      headers: { 'accept-language': 'de, tr-TR;q=0.9, en;q=0.8' },
    });
    expect(response.headers['content-language']).toBe('tr');
    const { message } = messagesOf('tr').errors.WORKFLOW_NOT_FOUND;
    expect(response.json().detail).toBe(message.replace('{id}', '987'));
  });

  it.each([
    ['/api/nothing', {}, 'ROUTE_NOT_FOUND'],
    ['/api', {}, 'ROUTE_NOT_FOUND'],
    ['/api/workflows', { method: 'PATCH' }, 'ROUTE_NOT_FOUND'],
    ['/api/workflows/%zz', {}, 'ROUTE_NOT_FOUND'],
    [`/api/datasets/${'9'.repeat(300)}`, {}, 'ROUTE_NOT_FOUND'],
    ['/api/workflows/1', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/steps', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/metrics', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/logs', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/result', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/events', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/artifacts/model.joblib', {}, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/run', { method: 'POST' }, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/restart', { method: 'POST' }, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/retry', { method: 'POST' }, 'WORKFLOW_NOT_FOUND'],
    ['/api/workflows/1/cancel', { method: 'POST', headers: json }, 'WORKFLOW_NOT_FOUND'],
    ['/api/datasets/77', {}, 'DATASET_NOT_FOUND'],
    ['/api/datasets/77/profile', {}, 'DATASET_NOT_FOUND'],
    ['/api/datasets/77/preview', {}, 'DATASET_NOT_FOUND'],
    ['/api/datasets/77', { method: 'DELETE' }, 'DATASET_NOT_FOUND'],
    ['/api/workflows', { method: 'POST', payload: '{"datasetId": 1,', headers: json }, 'REQUEST_NOT_JSON'],
    ['/api/workflows', { method: 'POST', payload: '{"__proto__": {}}', headers: json }, 'REQUEST_NOT_JSON'],
    [
      '/api/workflows',
      { method: 'POST', payload: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      '/api/workflows',
      { method: 'POST', payload: 'x', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['/api/datasets', { method: 'POST', payload: {} }, 'UNSUPPORTED_MEDIA_TYPE'],
    ['/api/datasets', { method: 'POST' }, 'UPLOAD_NO_FILE'],
    [
      '/api/workflows',
      { method: 'POST', payload: `{"a":"${'x'.repeat(5 << 20)}"}`, headers: json },
      'REQUEST_TOO_LARGE',
    ],
    ['/api/workflows', { method: 'POST', payload: { datasetId: 9999, config } }, 'DATASET_NOT_FOUND'],
  ] satisfies [string, Asked, string][])('%s %j is %s', async (url, asked, code) => {
    expect(await problemOf(url, asked)).toMatchObject({ code });
  });

  it.each([
    ['/api/workflows/abc', {}, 'id'],
    ['/api/workflows/0', {}, 'id'],
    ['/api/workflows/99999999999999', {}, 'id'],
    ['/api/workflows?limit=0', {}, 'limit'],
    ['/api/workflows?sort=nonsense', {}, 'sort'],
    ['/api/workflows?status=DONE', {}, 'status'],
    ['/api/workflows?search=%00', {}, 'search'],
    ['/api/datasets/1/preview?rows=100000', {}, 'rows'],
    ['/api/workflows/1/metrics?after=99999999999', {}, 'after'],
    ['/api/workflows/1/events?after=1', {}, 'after'],
    ['/api/workflows', { method: 'POST' }, 'body'],
    ['/api/workflows', { method: 'POST', payload: { config } }, 'datasetId'],
    ['/api/workflows', { method: 'POST', payload: { datasetId: 1, config: { model: 'LR' } } }, 'config.target'],
    ['/api/workflows', { method: 'POST', payload: { datasetId: 1, config, colour: 'red' } }, 'colour'],
    ['/api/workflows', { method: 'POST', payload: { datasetId: 1, config, name: 'a\0b' } }, 'name'],
    [
      '/api/workflows',
      {
        method: 'POST',
        payload: { datasetId: 1, config: { ...config, preprocessing: { columns: { length: { scale: 'log' } } } } },
      },
      'config.preprocessing.columns.length.scale',
    ],
    ['/api/workflows/compose', { method: 'POST', payload: { datasetFrom: 1 } }, 'configFrom'],
  ] satisfies [string, Asked, string][])('%s %j names the field %s', async (url, asked, field) => {
    const problem = await problemOf(url, asked);
    expect(problem).toMatchObject({ code: 'REQUEST_INVALID', status: 400, params: { field } });
    expect(String(problem.params?.rule).length).toBeGreaterThan(5);
  });

  it('puts the rule in the language of the client', async () => {
    const asked: Asked = { method: 'POST', payload: { datasetId: 1, config: { model: 'XYZ', target: 'a' } } };
    const english = await problemOf('/api/workflows', asked);
    expect(english.detail).toBe('config.model: must be one of LR, SVM, PER, PA, MLP.');
    const turkish = await problemOf('/api/workflows', { ...asked, headers: { 'accept-language': 'tr' } });
    expect(turkish.detail).toBe('config.model: şunlardan biri olmalı: LR, SVM, PER, PA, MLP.');
    expect((await problemOf('/api/workflows/abc')).detail).toBe('id: must be a number.');
    const lacking = await problemOf('/api/workflows', { method: 'POST', payload: { config } });
    expect(lacking.detail).toBe('datasetId: is needed.');
  });

  it.each([
    [{ epochs: 0 }, 'PARAM_INVALID', 'epochs'],
    [{ epochs: -1 }, 'PARAM_INVALID', 'epochs'],
    [{ epochs: 1e9 }, 'PARAM_INVALID', 'epochs'],
    [{ test_size: 0 }, 'PARAM_INVALID', 'test_size'],
    [{ test_size: 1 }, 'PARAM_INVALID', 'test_size'],
    [{ test_size: 1.5 }, 'PARAM_INVALID', 'test_size'],
    [{ learning_rate: 'NaN' }, 'PARAM_INVALID', 'learning_rate'],
    [{ learning_rate: null }, 'PARAM_INVALID', 'learning_rate'],
    [{ learningrate: 1 }, 'PARAM_UNKNOWN', 'learningrate'],
  ])('hyperparameters %j are %s, naming %s', async (params, code, name) => {
    const payload = { datasetId, config: { ...config, params } };
    expect(await problemOf('/api/workflows', { method: 'POST', payload })).toMatchObject({
      code,
      status: 422,
      params: { name },
    });
  });

  it('keeps the words of an unforeseen fault, and its stack, to the log', async () => {
    const response = await server.app.inject('/readyz');
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toMatch(/hunter2|secret|at .*\.ts/);
    const problem = Problem.parse(response.json());
    expect(problem.code).toBe('INTERNAL');
    expect(problem.detail).toMatch(/^Something went wrong inside: #[0-9a-f]{12}\.$/);
  });

  it('answers what is not even HTTP, and goes on', async () => {
    const { port } = new URL(server.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = createConnection(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'));
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('end', () => resolve(text));
      socket.on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(Problem.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).code).toBe('REQUEST_INVALID');
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  });
});
