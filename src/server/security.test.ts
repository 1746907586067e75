import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../test/support/server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ allowedHosts: ['zincir.example', '10.0.0.7'] });
});
afterAll(() => server.close());

/** Over a real socket, because fetch does not let a Host header be chosen. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; code: string | undefined; type: string | undefined }> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const code = text.startsWith('{') ? JSON.parse(text).code : undefined;
        resolve({ status: response.statusCode ?? 0, code, type: response.headers['content-type'] });
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the Host header', () => {
  const forbidden = { status: 421, code: 'FORBIDDEN_HOST', type: 'application/problem+json; charset=utf-8' };

  it.each([
    '127.0.0.1:8000',
    'localhost',
    'LOCALHOST:3000',
    '[::1]:8000',
    'zincir.example',
    'zincir.example:443',
    '10.0.0.7:8000',
  ])('%s is answered', async (host) => {
    expect((await ask('GET', '/api/workflows', { host })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '127.0.0.2',
    '10.0.0.8',
    'localhost:80@evil.example',
  ])('%s is refused before anything is read', async (host) => {
    expect(await ask('GET', '/api/workflows', { host })).toEqual(forbidden);
    expect(await ask('GET', '/workflows', { host })).toEqual(forbidden);
    expect(await ask('GET', '/api/nothing', { host })).toEqual(forbidden);
    expect(await ask('GET', '/api/docs', { host })).toEqual(forbidden);
  });
});

describe('the Origin header', () => {
  const forbidden = { status: 403, code: 'FORBIDDEN_ORIGIN', type: 'application/problem+json; charset=utf-8' };
  const host = 'localhost:8000';

  it.each([
    'http://evil.example',
    'http://localhost:3000',
    'http://127.0.0.1:8000',
    'null',
    'file://',
    'chrome-extension://x',
  ])('a page of %s can neither change anything nor watch', async (origin) => {
    expect(await ask('POST', '/api/workflows/1/cancel', { host, origin })).toEqual(forbidden);
    expect(await ask('DELETE', '/api/datasets/1', { host, origin })).toEqual(forbidden);
    expect(await ask('GET', '/api/workflows/1/events', { host, origin })).toEqual(forbidden);
  });

  it.each(['http://localhost:8000', 'https://zincir.example', 'http://zincir.example:8080'])(
    'a page of %s may',
    async (origin) => {
      expect(await ask('POST', '/api/workflows/1/cancel', { host, origin })).toMatchObject({
        status: 404,
        code: 'WORKFLOW_NOT_FOUND',
      });
      expect(await ask('GET', '/api/workflows/1/events', { host, origin })).toMatchObject({
        code: 'WORKFLOW_NOT_FOUND',
      });
    },
  );

  it('a client that is no browser sends none, and may do everything', async () => {
    expect((await ask('POST', '/api/workflows/1/cancel', { host })).code).toBe('WORKFLOW_NOT_FOUND');
  });

  it('no answer lets another origin read it', async () => {
    const response = await fetch(`${server.url}/api/workflows`, { headers: { origin: 'http://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });
});
