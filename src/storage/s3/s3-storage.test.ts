import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type HttpProxy, startHttpProxy } from '../../../test/support/http-proxy.js';
import { startS3, type TestS3 } from '../../../test/support/s3.js';
import type { Files } from '../../engine/ports.js';
import { createS3Storage } from './s3-storage.js';

let store: TestS3;
let proxy: HttpProxy;
let files: Files;
let caches = 0;

/** Each has a cache of its own, unless it is given one. */
const open = (cache = join(store.cacheDirectory, `cache-${caches++}`), more = {}) =>
  createS3Storage(store.url('files', { endpoint: `http://127.0.0.1:${proxy.port}`, cacheDirectory: cache, ...more }));

beforeAll(async () => {
  store = await startS3();
  proxy = await startHttpProxy({ port: store.port });
});
afterAll(async () => {
  await proxy?.stop();
  await store?.stop();
});
beforeEach(() => {
  proxy.decide = () => 'pass';
  proxy.seen.length = 0;
  files = open();
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const large = randomBytes(30 * 2 ** 20 + 17);

async function* pieces(bytes: Uint8Array, size = 1 << 20): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function contentOf(name: string, range?: { start: number; length: number }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(name, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Puts an object as no writer of ours would. */
async function putRaw(name: string, body: string, metadata: Record<string, string>): Promise<void> {
  const client = new S3Client({ endpoint: store.endpoint, region: 'us-east-1', forcePathStyle: true });
  await client.send(
    new PutObjectCommand({ Bucket: store.bucket, Key: `files/${name}`, Body: body, Metadata: metadata }),
  );
}

test('a large file goes in parts and comes back the same, whole and across the parts', async () => {
  const written = await files.write((hash) => `datasets/${hash}`, pieces(large));
  expect(written).toEqual({ name: `datasets/${sha256(large)}`, sizeBytes: large.length, sha256: sha256(large) });
  expect(proxy.seen.filter((line) => line.includes('partNumber='))).toHaveLength(4);
  expect((await contentOf(written.name)).equals(large)).toBe(true);
  const across = { start: 8 * 2 ** 20 - 5, length: 9 * 2 ** 20 };
  expect(
    (await contentOf(written.name, across)).equals(large.subarray(across.start, across.start + across.length)),
  ).toBe(true);
  expect((await readFile(await files.localPath(written.name))).equals(large)).toBe(true);
});

test('an upload that fails half way is taken back, and what was there stays', async () => {
  await files.write('kept', pieces(Buffer.from('before')));
  proxy.decide = (line) => (line.includes('partNumber=3') ? { status: 500 } : 'pass');
  await expect(files.write('kept', pieces(large))).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    retryable: true,
  });
  expect(proxy.seen.some((line) => /^DELETE .*uploadId=/.test(line))).toBe(true);
  expect(proxy.seen.some((line) => /^POST .*uploadId=/.test(line))).toBe(false);
  expect((await contentOf('kept')).toString()).toBe('before');
});

test('a part that fails once is sent again', async () => {
  let failures = 0;
  proxy.decide = (line) => (line.includes('partNumber=2') && failures++ === 0 ? { status: 503 } : 'pass');
  await files.write('again', pieces(large));
  expect(failures).toBe(2);
  expect(sha256(await contentOf('again'))).toBe(sha256(large));
});

test('a source that fails has sent nothing', async () => {
  async function* broken() {
    yield* pieces(large);
    throw new Error('the client went away');
  }
  await expect(files.write('never', broken())).rejects.toThrow('the client went away');
  expect(proxy.seen).toEqual([]);
});

test('a download that breaks goes on where it broke', async () => {
  await files.write('long', pieces(large));
  let cuts = 0;
  proxy.decide = (line) => (line.startsWith('GET') && cuts++ < 2 ? { cutAfter: 10 * 2 ** 20 } : 'pass');
  expect(sha256(await contentOf('long'))).toBe(sha256(large));
  expect(cuts).toBe(3);
});

test('a download that keeps breaking is an error that passes, not a shorter file', async () => {
  await files.write('long', pieces(large));
  proxy.decide = (line) => (line.startsWith('GET') ? { cutAfter: 1000 } : 'pass');
  await expect(contentOf('long')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});

test('a reader that stops early ends the download', async () => {
  await files.write('long', pieces(large));
  proxy.seen.length = 0;
  for await (const chunk of files.read('long')) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  const stream = files.read('long');
  stream.once('data', () => stream.destroy(new Error('the client went away')));
  await expect(new Promise((_, reject) => stream.on('error', reject))).rejects.toThrow('the client went away');
  expect(proxy.seen).toHaveLength(2);
});

test('an object that changed after it was written is not taken for the file', async () => {
  await putRaw('changed', 'other bytes', { sha256: sha256(Buffer.from('written bytes')) });
  await expect(files.localPath('changed')).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    params: { detail: 'changed is not the file that was written' },
  });
});

test.each([
  ['none', {}],
  ['a hash that is a path', { sha256: '../../etc/passwd' }],
])('an object of somebody else, with %s, can be read', async (_, metadata) => {
  await putRaw('foreign', 'their bytes', metadata);
  expect(await readFile(await files.localPath('foreign'), 'utf8')).toBe('their bytes');
});

test('a file is downloaded once a machine, however many read it and under however many names', async () => {
  const cache = join(store.cacheDirectory, 'shared');
  const [one, two] = [open(cache), open(cache)];
  await one.write('x/1', pieces(Buffer.from('same bytes')));
  await one.write('x/2', pieces(Buffer.from('same bytes')));
  proxy.seen.length = 0;
  const paths = await Promise.all([one.localPath('x/1'), one.localPath('x/1'), one.localPath('x/2')]);
  expect(new Set(paths).size).toBe(1);
  expect(await readFile(await two.localPath('x/2'), 'utf8')).toBe('same bytes');
  expect(proxy.seen.filter((line) => line.startsWith('GET'))).toHaveLength(1);
});

test('copies stay within their limit, and a path that was given stays good', async () => {
  const cache = join(store.cacheDirectory, 'small');
  const small = open(cache, { cacheBytes: '2500' });
  const paths: string[] = [];
  for (const i of [0, 1, 2, 3]) {
    await small.write(`small/${i}`, pieces(Buffer.alloc(1000, i)));
    paths.push(await small.localPath(`small/${i}`));
  }
  expect(await readdir(join(cache, 'copies'))).toHaveLength(2);
  for (const [i, path] of paths.entries()) expect(await readFile(path)).toEqual(Buffer.alloc(1000, i));
});

test('a copy that was cut short is not taken', async () => {
  const cache = join(store.cacheDirectory, 'spoiled');
  const hash = sha256(Buffer.from('whole'));
  await mkdir(join(cache, 'copies'), { recursive: true });
  await writeFile(join(cache, 'copies', hash), 'who');
  const spoiled = open(cache);
  await spoiled.write('w', pieces(Buffer.from('whole')));
  expect(await readFile(await spoiled.localPath('w'), 'utf8')).toBe('whole');
  expect(await readFile(join(cache, 'copies', hash), 'utf8')).toBe('whole');
});

test('objects that are no files of ours are not listed', async () => {
  await putRaw('listed/.hidden', 'x', {});
  await putRaw('listed/a b', 'x', {});
  await putRaw('listed/fine', 'x', {});
  const names: string[] = [];
  for await (const { name } of files.list('listed/')) names.push(name);
  expect(names).toEqual(['listed/fine']);
});

test('a store that does not answer is an error that passes', async () => {
  const away = createS3Storage(store.url('files', { endpoint: 'http://127.0.0.1:1' }));
  const failure = {
    code: 'STORAGE_UNAVAILABLE',
    retryable: true,
    params: { detail: expect.stringContaining('ECONNREFUSED') },
  };
  await expect(away.write('a', pieces(Buffer.from('x')))).rejects.toMatchObject(failure);
  await expect(away.stat('a')).rejects.toMatchObject(failure);
  expect(await away.check()).toEqual({
    ok: false,
    detail: expect.stringMatching(/^s3:\/\/zincir-test\/files at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/),
  });
});

test('says where it is, and when the bucket is not there', async () => {
  expect(await files.check()).toEqual({ ok: true, detail: `s3://zincir-test/files at http://127.0.0.1:${proxy.port}` });
  const other = createS3Storage(store.url().replace('s3://zincir-test', 's3://no-such-bucket'));
  expect(await other.check()).toEqual({ ok: false, detail: expect.stringContaining('NoSuchBucket') });
});

test('a store without room says so', async () => {
  proxy.decide = (line) => (line.startsWith('PUT') ? { status: 507 } : 'pass');
  await expect(files.write('a', pieces(Buffer.from('x')))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
});
