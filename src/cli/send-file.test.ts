import { createHash, randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryDirectory } from '../../test/support/program.js';
import { postFile } from './send-file.js';

const directory = temporaryDirectory('send');
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void,
): Promise<string> {
  const server = createServer((request, response) => {
    // A request that is cut off is what some tests are about.
    Promise.resolve(answer(request, response)).catch(() => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}/`;
}

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

const sha256 = (...chunks: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
};

test.each([0, 1, 1 << 20, 5_000_001])(
  'a file of %i bytes arrives as it is, between the fields and the end',
  async (size) => {
    const bytes = randomBytes(size);
    const url = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const boundary = /boundary=(.+)/.exec(request.headers['content-type'] ?? '')?.[1];
      const body = Buffer.concat(chunks);
      const tail = `\r\n--${boundary}--\r\n`;
      const from = body.length - size - tail.length;
      response.end(
        JSON.stringify({
          head: body
            .subarray(0, from)
            .toString()
            .replaceAll(boundary ?? '', 'B'),
          sha256: sha256(body.subarray(from, from + size)),
          tail: body.subarray(from + size).toString() === tail,
          announced: Number(request.headers['content-length']) === body.length,
        }),
      );
    });
    const file = fileOf('a "b".csv', bytes);
    const answer = await postFile(url, file, { sizeBytes: size, headers: {}, fields: { name: 'x' } });
    expect(await answer.json()).toEqual({
      head:
        '--B\r\ncontent-disposition: form-data; name="name"\r\n\r\nx\r\n' +
        '--B\r\ncontent-disposition: form-data; name="file"; filename="a %22b%22.csv"\r\ncontent-type: text/csv\r\n\r\n',
      sha256: sha256(bytes),
      tail: true,
      announced: true,
    });
  },
);

test('a file that grows meanwhile is sent as long as it was; one that shrinks ends the request', async () => {
  let received = 0;
  const url = await serve(async (request, response) => {
    for await (const chunk of request) received += chunk.length;
    response.end('taken');
  });
  const file = fileOf('changing.csv', Buffer.alloc(3_000_000, 1));
  const options = { headers: {}, fields: {} };
  expect((await postFile(url, file, { ...options, sizeBytes: 2_000_000 })).status).toBe(200);
  expect(received).toBeLessThan(2_001_000);
  truncateSync(file, 1_500_000);
  await expect(postFile(url, file, { ...options, sizeBytes: 3_000_000 })).rejects.toThrow(
    'the file became shorter while it was sent',
  );
});

test('a server that refuses before it has read the file is heard', async () => {
  const url = await serve((request, response) => {
    request.once('data', () => response.writeHead(413).end('too large'));
    request.resume();
  });
  const file = fileOf('refused.csv', Buffer.alloc(20_000_000, 1));
  const answer = await postFile(url, file, { sizeBytes: 20_000_000, headers: {}, fields: {} });
  expect([answer.status, await answer.text()]).toEqual([413, 'too large']);
});

test('a connection that breaks, a file that cannot be read and a signal end it', async () => {
  const file = fileOf('broken.csv', Buffer.alloc(20_000_000, 1));
  const options = { sizeBytes: 20_000_000, headers: {}, fields: {} };
  const breaking = await serve((request) => void request.once('data', () => request.destroy()));
  await expect(postFile(breaking, file, options)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/);
  const aborting = new AbortController();
  const slow = await serve((request) => void request.once('data', () => aborting.abort()));
  await expect(postFile(slow, file, { ...options, signal: aborting.signal })).rejects.toThrow('aborted');
  await expect(postFile(slow, join(directory, 'missing.csv'), options)).rejects.toThrow('ENOENT');
});
