import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { createWebhookCaller, refusalOf, resolveTarget, tryTarget } from './webhook-caller.js';

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/hook`;
}

const insider = createWebhookCaller({ allowPrivate: true });
const post = (url: string, caller = insider) => caller.post(url, { 'content-type': 'application/json' }, '{"a":1}');

describe('an address', () => {
  test.each([
    '169.254.169.254',
    '169.254.0.1',
    '100.100.100.200',
    'fd00:ec2::254',
    'fe80::1',
    '0.0.0.0',
    '::',
    '255.255.255.255',
    '224.0.0.1',
    'ff02::1',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
  ])('of a link, a cloud’s metadata or none at all, %s, is never called', (address) => {
    for (const allowPrivate of [true, false]) expect(refusalOf(address, { allowPrivate })).toContain('never called');
  });

  test.each([
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '10.0.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    'fd12:3456::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
  ])('of this machine or a private network, %s, is called with the operator’s word only', (address) => {
    expect(refusalOf(address, { allowPrivate: false })).toContain('ZINCIR_WEBHOOK_PRIVATE');
    expect(refusalOf(address, { allowPrivate: true })).toBeNull();
  });

  test.each(['93.184.216.34', '172.32.0.1', '100.128.0.1', '2606:2800:220:1::1'])(
    'of the world, %s, is called',
    (address) => {
      expect(refusalOf(address, { allowPrivate: false })).toBeNull();
    },
  );

  test('is judged by what its name resolves to, however it is written', async () => {
    for (const url of [
      'http://localhost:1/',
      'http://127.1/',
      'http://2130706433/',
      'http://[::1]/',
      'http://0x7f.1/',
    ]) {
      await expect(resolveTarget(url, { allowPrivate: false })).rejects.toThrow('ZINCIR_WEBHOOK_PRIVATE');
    }
    await expect(resolveTarget('http://169.254.169.254/latest', { allowPrivate: true })).rejects.toThrow(
      'never called',
    );
    expect(await resolveTarget('http://127.0.0.1:1/', { allowPrivate: true })).toEqual({
      address: '127.0.0.1',
      family: 4,
    });
  });
});

describe('a call', () => {
  test('is one POST with the body, and answers the status', async () => {
    const seen: unknown[] = [];
    const url = await listening((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        seen.push([request.method, request.url, request.headers['content-type'], request.headers.host, body]);
        response.writeHead(202).end('fine');
      });
    });
    expect(await post(url)).toBe(202);
    expect(seen).toEqual([['POST', '/hook', 'application/json', new URL(url).host, '{"a":1}']]);
  });

  test('does not follow a redirect, wherever it leads', async () => {
    const reached: string[] = [];
    const secret = await listening((request, response) => {
      reached.push(request.url ?? '');
      response.end();
    });
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await listening((_, response) => response.writeHead(status, { location: secret }).end());
      expect(await post(url)).toBe(status);
    }
    expect(reached).toEqual([]);
  });

  test('ends after ten seconds with a target that takes it and says nothing', async () => {
    const url = await listening(() => {});
    const began = performance.now();
    await expect(post(url)).rejects.toThrow('no answer within 10 s');
    expect(performance.now() - began).toBeLessThan(12_000);
  }, 20_000);

  test('reads no more than the status of an answer that never ends', async () => {
    let written = 0;
    const url = await listening((_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const more = () => {
        while (!response.destroyed && written < 1 << 30) {
          written += 1 << 16;
          if (!response.write(Buffer.alloc(1 << 16))) return void response.once('drain', more);
        }
      };
      more();
    });
    const before = process.memoryUsage.rss();
    expect(await post(url)).toBe(200);
    expect(written).toBeLessThan(64 << 20);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 << 20);
  });

  test('is tried without sending anything', async () => {
    const seen: string[] = [];
    const url = await listening((request) => seen.push(request.url ?? ''));
    await tryTarget(url, { allowPrivate: true });
    await expect(tryTarget(url, { allowPrivate: false })).rejects.toThrow('ZINCIR_WEBHOOK_PRIVATE');
    await expect(tryTarget('http://127.0.0.1:1/', { allowPrivate: true })).rejects.toThrow('ECONNREFUSED');
    expect(seen).toEqual([]);
  });

  test('to nobody, to no name, and to a private address without the operator’s word says what is wrong', async () => {
    const url = await listening(() => {});
    await expect(post('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED');
    await expect(post('http://no-such-name.invalid/')).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
    await expect(post(url, createWebhookCaller({ allowPrivate: false }))).rejects.toThrow('ZINCIR_WEBHOOK_PRIVATE');
  });
});
