import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  completeSteps,
  createWorkflow,
  startTestServer,
  storeFile,
  type TestServer,
  uploadCsv,
} from '../../test/support/server.js';

const text = 'epoch,train\n1,0.5\n';
const model = 'x'.repeat(300_000);
const sha256 = createHash('sha256').update(text).digest('hex');
let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  const { id } = await createWorkflow(server, (await uploadCsv(server)).id);
  base = `/api/workflows/${id}/artifacts`;
  const files = [await storeFile(server, id, 'metrics.csv', text), await storeFile(server, id, 'model.joblib', model)];
  await completeSteps(server, id, undefined, files);
});
afterAll(() => server.close());

const get = (name: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  server.app.inject({ method, url: `${base}/${name}`, headers });

describe('an artifact', () => {
  it('is sent whole with its type, name, size and hash', async () => {
    const response = await get('metrics.csv');
    expect(response.statusCode).toBe(200);
    expect(response.body).toBe(text);
    expect(response.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="metrics.csv"',
      'content-length': String(text.length),
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
  });

  it('comes whole over a real connection', async () => {
    const response = await fetch(`${server.url}${base}/model.joblib`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(await response.text()).toBe(model);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const whole = await get('metrics.csv');
    const head = await get('metrics.csv', {}, 'HEAD');
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    const { date: _whole, ...wanted } = whole.headers;
    const { date: _head, ...found } = head.headers;
    expect(found).toEqual(wanted);
  });

  it('is not sent again to a client that has it', async () => {
    const response = await get('metrics.csv', { 'if-none-match': `"other", "${sha256}"` });
    expect(response.statusCode).toBe(304);
    expect(response.body).toBe('');
    expect(response.headers.etag).toBe(`"${sha256}"`);
    expect((await get('metrics.csv', { 'if-none-match': '"other"' })).statusCode).toBe(200);
  });

  it.each([
    ['bytes=0-4', 'epoch', `bytes 0-4/${text.length}`],
    ['bytes=6-10', 'train', `bytes 6-10/${text.length}`],
    ['bytes=-6', '1,0.5\n', `bytes 12-17/${text.length}`],
    ['bytes=12-', '1,0.5\n', `bytes 12-17/${text.length}`],
  ])('range %s is %j', async (range, part, contentRange) => {
    const response = await get('metrics.csv', { range });
    expect(response.statusCode).toBe(206);
    expect(response.body).toBe(part);
    expect(response.headers).toMatchObject({
      'content-range': contentRange,
      'content-length': String(part.length),
      etag: `"${sha256}"`,
    });
  });

  it('a range of an earlier version gives the whole file', async () => {
    expect((await get('metrics.csv', { range: 'bytes=0-4', 'if-range': '"other"' })).statusCode).toBe(200);
    expect((await get('metrics.csv', { range: 'bytes=0-4', 'if-range': `"${sha256}"` })).statusCode).toBe(206);
  });

  it('a range behind the end is refused with the size', async () => {
    const response = await get('metrics.csv', { range: 'bytes=18-' });
    expect(response.statusCode).toBe(416);
    expect(response.headers['content-range']).toBe(`bytes */${text.length}`);
    expect(response.json()).toMatchObject({
      code: 'RANGE_NOT_SATISFIABLE',
      detail: 'The range bytes=18- lies outside the file of 18 bytes.',
    });
  });

  it('that the workflow does not have is named with those it has', async () => {
    expect((await get('report.html')).json()).toMatchObject({ code: 'ARTIFACT_NOT_FOUND', status: 404 });
    expect((await get('..%2F..%2Fdb')).json()).toMatchObject({ code: 'ARTIFACT_NOT_FOUND', status: 404 });
  });

  it('of a workflow that is not done is not ready', async () => {
    const { id } = await createWorkflow(server, 1);
    const response = await server.app.inject(`/api/workflows/${id}/artifacts/model.joblib`);
    expect(response.json()).toMatchObject({ code: 'ARTIFACT_NOT_READY', status: 409 });
  });
});
