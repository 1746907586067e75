import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../test/support/server.js';

const page = '<!doctype html><script>start()</script><script type="module" src="/assets/app-1a2b3c.js"></script>';
let webRoot: string;
let server: TestServer;
beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-web-'));
  webRoot = join(directory, 'web');
  await mkdir(join(webRoot, 'assets'), { recursive: true });
  await writeFile(join(webRoot, 'index.html'), page);
  await writeFile(join(webRoot, 'favicon.svg'), '<svg/>');
  await writeFile(join(webRoot, 'assets', 'app-1a2b3c.js'), 'start()');
  await writeFile(join(webRoot, 'assets', 'large-4d5e6f.js'), 'large()');
  await writeFile(join(webRoot, 'assets', 'large-4d5e6f.js.gz'), gzipSync('large()'));
  await writeFile(join(directory, 'secret.txt'), 'secret');
  server = await startTestServer({ webRoot });
});
afterAll(async () => {
  await server.close();
  await rm(join(webRoot, '..'), { recursive: true, force: true });
});

describe('the web app', () => {
  it.each([
    ...['/', '/workflows', '/workflows/12', '/workflows/12?tab=log', '/new/'],
    ...['/queue/zincir.train', '/workers/zincir%40host.example.com', '/tasks/other.name'],
  ])('%s is its page, asked after each time', async (path) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).toBe(page);
  });

  it('files with a hash in their name are kept for a year', async () => {
    const response = await fetch(`${server.url}/assets/app-1a2b3c.js`);
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-type')).toMatch(/javascript/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('a file that stands there compressed too is sent so to whoever takes that, and plain to others', async () => {
    const answerTo = async (encoding: string) => {
      const url = '/assets/large-4d5e6f.js';
      const { headers, rawPayload } = await server.app.inject({ url, headers: { 'accept-encoding': encoding } });
      return { headers, body: rawPayload };
    };
    const compressed = await answerTo('gzip, deflate, br');
    expect(compressed.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': expect.stringMatching(/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(compressed.body).toEqual(gzipSync('large()'));
    const plain = await answerTo('identity');
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(plain.body.toString()).toBe('large()');
  });

  it('other files are asked after each time, and not sent again', async () => {
    const first = await fetch(`${server.url}/favicon.svg`);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const etag = first.headers.get('etag') ?? '';
    // Not by fetch, which adds a header that forbids the short answer.
    const second = await server.app.inject({ url: '/favicon.svg', headers: { 'if-none-match': etag } });
    expect(second.statusCode).toBe(304);
  });

  it.each([
    ...['/api', '/api/', '/api/nothing', '/assets/gone.js', '/robots.txt', '/.env'],
    ...['/metrics/all', '/health', '/livez', '/readyz/database', '/debug/pprof', '/.well-known/security'],
  ])('%s is not the page', async (path) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(404);
    expect((await response.json()).code).toBe('ROUTE_NOT_FOUND');
  });

  it('a program that asks for JSON at an address that is a page is told that there is none', async () => {
    const response = await fetch(`${server.url}/workflows`, { headers: { accept: 'application/json' } });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it.each([
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/%5c..%5c..%5csecret.txt',
  ])('%s does not leave the directory', async (path) => {
    const response = await server.app.inject(path);
    expect(response.statusCode).toBe(404);
    expect(response.body).not.toContain('secret"');
    expect(response.json().code).toBe('ROUTE_NOT_FOUND');
  });

  it('may run the scripts that stand in its page, by their hash, and nothing else inline', async () => {
    const policy = (await fetch(server.url)).headers.get('content-security-policy');
    expect(policy).toContain("script-src 'self' 'sha256-");
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
  });

  it('a POST to a page is a problem document', async () => {
    const response = await fetch(`${server.url}/workflows`, { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
