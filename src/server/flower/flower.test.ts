import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createVhost, findRabbit, type TestVhost } from '../../../test/support/rabbitmq.js';
import { startTestServer, type TestServer } from '../../../test/support/server.js';
import { hashPassword } from '../auth/password.js';
import { changeUser } from '../auth/users-file.js';
import { rewriteCookie, rewriteLocation, rewritePage } from './rewrite.js';

describe('pages of Flower', () => {
  it('name their places as they are with us', () => {
    const page = `<link href="/static/a.css"><script src='/static/b.js'></script><a href="//other.org/">x</a>
      <form action="/login"><input type="hidden" value="" id="url_prefix"><a href="relative">y</a>`;
    expect(rewritePage(page, '')).toBe(
      `<link href="/flower/proxy/static/a.css"><script src='/flower/proxy/static/b.js'></script><a href="//other.org/">x</a>
      <form action="/flower/proxy/login"><input type="hidden" value="/flower/proxy" id="url_prefix"><a href="relative">y</a>`,
    );
  });

  it('that lie below a path of their own lose it', () => {
    expect(rewritePage('<a href="/ops.flower/tasks"><a href="/opsxflower/tasks">', '/ops.flower')).toBe(
      '<a href="/flower/proxy/tasks"><a href="/opsxflower/tasks">',
    );
    const flower = new URL('http://flower:5555/ops');
    expect(rewriteLocation('/ops/workers?a=1', flower, '/ops')).toBe('/flower/proxy/workers?a=1');
    expect(rewriteLocation('http://flower:5555/ops', flower, '/ops')).toBe('/flower/proxy');
    expect(rewriteLocation('https://login.example.org/', flower, '/ops')).toBe('https://login.example.org/');
  });

  it('keep their cookies to themselves', () => {
    expect(rewriteCookie('user=x; Path=/; Domain=flower; HttpOnly')).toBe('user=x; HttpOnly; Path=/flower/proxy');
  });
});

const password = 'a long password';
const basic = (name: string) => ({ authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` });

/** An upstream that answers what it was asked, and speaks websockets. */
async function startUpstream(): Promise<{ url: string; seen: IncomingMessage[]; server: Server }> {
  const seen: IncomingMessage[] = [];
  const server = createServer((incoming, answer) => {
    seen.push(incoming);
    if (incoming.url?.startsWith('/slow')) return;
    if (incoming.url?.startsWith('/moved')) return void answer.writeHead(302, { location: '/tasks' }).end();
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'x-frame-options': 'DENY' });
      answer.end(`<a href="/task/1">${incoming.method} ${incoming.url} ${body}</a>`);
    });
  });
  server.on('upgrade', (incoming, socket) => {
    seen.push(incoming);
    const magic = `${incoming.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(magic).digest('base64');
    const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write(`${lines.join('\r\n')}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    // One frame of text, as RFC 6455 has it: final, opcode 1, five bytes.
    socket.write(Buffer.from([0x81, 5, ...Buffer.from('hello')]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

describe('the proxy', () => {
  let directory: string;
  let upstream: Awaited<ReturnType<typeof startUpstream>>;
  let server: TestServer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'zincir-flower-'));
    const usersFile = join(directory, 'users.txt');
    const hash = await hashPassword(password);
    for (const role of ['user', 'operator'] as const) await changeUser(usersFile, role, { name: role, role, hash });
    upstream = await startUpstream();
    server = await startTestServer({ usersFile, flowerUrl: upstream.url.replace('//', '//flower:secret@') });
  });
  afterAll(async () => {
    await server.close();
    upstream.server.closeAllConnections();
    upstream.server.close();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(['/flower/proxy/', '/flower/proxy/tasks', '/flower/proxy', '/%66lower/proxy/tasks'])(
    '%s lets operators pass and nobody else',
    async (url) => {
      const before = upstream.seen.length;
      expect((await server.app.inject({ url })).statusCode).toBe(401);
      expect((await server.app.inject({ url, headers: basic('user') })).statusCode).toBe(403);
      expect(upstream.seen.length).toBe(before);
      expect((await server.app.inject({ url, headers: basic('operator') })).statusCode).toBe(200);
    },
  );

  it('hands on what was asked, but not our cookies and passwords', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/flower/proxy/api/task/revoke/1?terminate=true',
      headers: {
        ...basic('operator'),
        cookie: 'zincir_session=x.y; theirs=1',
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: 'terminate=true',
    });
    expect(response.body).toBe(
      '<a href="/flower/proxy/task/1">POST /api/task/revoke/1?terminate=true terminate=true</a>',
    );
    expect(response.headers).toMatchObject({ 'x-frame-options': 'SAMEORIGIN' });
    expect(response.headers['content-security-policy']).toContain("frame-ancestors 'self'");
    const { headers } = upstream.seen.at(-1) ?? { headers: {} };
    expect(headers.cookie).toBe('theirs=1');
    expect(headers.authorization).toBe(`Basic ${Buffer.from('flower:secret').toString('base64')}`);
  });

  it('refuses what a page of another origin sends', async () => {
    const headers = { ...basic('operator'), origin: 'http://evil.example' };
    expect((await server.app.inject({ url: '/flower/proxy/tasks', headers })).statusCode).toBe(403);
  });

  it('keeps redirects below its own path', async () => {
    const response = await server.app.inject({ url: '/flower/proxy/moved', headers: basic('operator') });
    expect(response.headers.location).toBe('/flower/proxy/tasks');
  });

  it('carries websockets, under the same login', async () => {
    expect(await webSocket(basic('operator'))).toContain('hello');

    expect(await webSocket({})).toBe(401);
    expect(await webSocket({ ...basic('operator'), origin: 'http://evil.example' })).toBe(403);
    expect(upstream.seen.at(-1)?.url).toBe('/api/events');
  });

  it('tells whether Flower answers', async () => {
    const state = await server.app.inject({ url: '/api/flower', headers: basic('user') });
    expect(state.json()).toEqual({ url: upstream.url, path: '/flower/proxy/', ok: true, detail: null });
  });

  it('says so when Flower is away', async () => {
    const away = await startTestServer({ flowerUrl: await closedAddress() });
    try {
      const response = await away.app.inject({ url: '/flower/proxy/' });
      expect(response.statusCode).toBe(502);
      expect(response.json()).toMatchObject({ code: 'FLOWER_UNAVAILABLE' });
      expect((await away.app.inject({ url: '/api/flower' })).json()).toMatchObject({ ok: false });
    } finally {
      await away.close();
    }
  });

  it('a Flower that does not answer is told of within seconds', async () => {
    const silent = createTcpServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const slow = await startTestServer({ flowerUrl: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    try {
      const began = Date.now();
      expect((await slow.app.inject({ url: '/api/flower' })).json()).toMatchObject({ ok: false });
      expect(Date.now() - began).toBeLessThan(6_000);
    } finally {
      await slow.close();
      silent.close();
    }
  });

  it('is not there where no address is set', async () => {
    const without = await startTestServer();
    try {
      expect((await without.app.inject({ url: '/api/flower' })).json()).toMatchObject({ url: null, path: null });
      expect((await without.app.inject({ url: '/flower/proxy/tasks' })).statusCode).toBe(404);
    } finally {
      await without.close();
    }
  });

  /** What comes of asking for a websocket: the status of a refusal, or what was sent first. */
  function webSocket(headers: Record<string, string>): Promise<number | string> {
    return new Promise((resolve, reject) => {
      const asked = request(`${server.url}/flower/proxy/api/events`, {
        agent: false,
        headers: {
          ...headers,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': Buffer.from('sixteen bytes ..').toString('base64'),
        },
      });
      asked.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.on('upgrade', (_answer, socket, head) => {
        if (head.length > 0) resolve(head.toString());
        socket.on('data', (bytes: Buffer) => resolve(bytes.toString()));
        setTimeout(() => socket.destroy(), 3_000).unref();
      });
      asked.on('error', reject);
      asked.end();
    });
  }
});

async function closedAddress(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

const celery = fileURLToPath(new URL('../../../.venv-celery/bin/celery', import.meta.url));
const hasFlower = existsSync(celery) && (await findRabbit());
if (!hasFlower && process.env.CI === 'true') throw new Error('needs Flower in .venv-celery and a RabbitMQ server');

describe.skipIf(!hasFlower)('the real Flower (needs .venv-celery and RabbitMQ)', () => {
  let vhost: TestVhost;
  let flower: ReturnType<typeof spawn>;
  let server: TestServer;
  beforeAll(async () => {
    vhost = await createVhost();
    const { port } = new URL(await closedAddress());
    flower = spawn(celery, ['--broker', vhost.url, 'flower', `--port=${port}`, '--address=127.0.0.1'], {
      stdio: 'ignore',
    });
    server = await startTestServer({ flowerUrl: `http://127.0.0.1:${port}` });
    for (;;) {
      const { status } = await fetch(`${server.url}/flower/proxy/`);
      if (status === 200) break;
      await sleep(300);
    }
  }, 60_000);
  afterAll(async () => {
    flower?.kill('SIGKILL');
    await server?.close();
    await vhost?.drop();
  });

  it('is shown with its scripts, styles and API', async () => {
    const page = await (await fetch(`${server.url}/flower/proxy/workers`)).text();
    expect(page).toContain('value="/flower/proxy" id="url_prefix"');
    const places = [...page.matchAll(/(?:href|src)="([^"#?]+)/g)].map(([, place = '']) => place);
    expect(places.length).toBeGreaterThan(8);
    for (const place of places.filter((address) => !/^[a-z]+:/.test(address))) {
      expect(place).toMatch(/^\/flower\/proxy/);
      expect({ place, status: (await fetch(server.url + place)).status }).toEqual({ place, status: 200 });
    }
    expect((await fetch(`${server.url}/flower/proxy/workers?json=1`)).status).toBe(200);
  });
});
