import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileStorage } from './filesystem.js';
import { partsFolder } from './leftovers.js';
import { WritingThread } from './writing-thread.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-thread-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A file with a thread that waits for `begin`. */
async function openThread(path: string): Promise<{ handle: FileHandle; thread: WritingThread }> {
  const handle = await open(path, 'a+');
  const thread = WritingThread.start(handle.fd);
  if (thread === null) throw new Error('no thread is free');
  await expect.poll(() => thread.isWaiting, { timeout: 10_000 }).toBe(true);
  return { handle, thread };
}

async function take(thread: WritingThread, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.byteLength; ) {
    from += thread.take(bytes, from);
    if (thread.isFull) await thread.write();
  }
}

describe('a thread that writes', () => {
  test('goes on with a file of which a part is there, and tells the hash of the whole', async () => {
    const path = join(directory, 'whole');
    const bytes = randomBytes(9_000_001);
    await writeFile(path, bytes.subarray(0, 600_007));
    const { handle, thread } = await openThread(path);
    thread.begin();
    for (let from = 600_007; from < bytes.byteLength; from += 70_001)
      await take(thread, bytes.subarray(from, from + 70_001));
    expect(await thread.finish()).toBe(sha256(bytes));
    await thread.settled();
    await handle.close();
    expect((await readFile(path)).equals(bytes)).toBe(true);
  });

  test('that finds nothing to do for long is there when something comes', async () => {
    const { handle, thread } = await openThread(join(directory, 'slow'));
    const asleep = new Int32Array(Reflect.get(thread, 'mailbox').buffer, 4, 1);
    thread.begin();
    const piece = Buffer.alloc(1 << 18, 7);
    for (let count = 0; count < 3; count++) {
      await expect.poll(() => Atomics.load(asleep, 0)).toBe(1);
      await take(thread, piece);
    }
    expect(await thread.finish()).toBe(sha256(Buffer.alloc(3 << 18, 7)));
    await handle.close();
  });

  test('that is not wanted any more writes nothing further, and touches the file no more', async () => {
    const path = join(directory, 'dropped');
    const { handle, thread } = await openThread(path);
    thread.begin();
    await take(thread, Buffer.alloc(10 << 20, 1));
    await thread.settled();
    const { size } = await handle.stat();
    await handle.close();
    expect(size).toBeLessThanOrEqual(10 << 20);
    expect((await stat(path)).size).toBe(size);
    await expect(thread.write()).rejects.toThrow('the thread that writes has ended early');
  });

  test('that ends early fails the write that waits for room, or the next one, or the end', async () => {
    for (const wait of ['write', 'finish'] as const) {
      const { handle, thread } = await openThread(join(directory, `lost-${wait}`));
      const worker: unknown = Reflect.get(thread, 'worker');
      if (!(worker instanceof Worker)) throw new Error('no thread');
      thread.begin();
      await worker.terminate();
      const lost = wait === 'write' ? take(thread, Buffer.alloc(10 << 20)) : thread.finish();
      await expect(lost).rejects.toThrow('the thread that writes has ended early');
      await thread.settled();
      await handle.close();
    }
  });

  test('tells what the system says against it', async () => {
    const path = join(directory, 'unwritable');
    await writeFile(path, 'x');
    const handle = await open(path, 'r');
    const thread = WritingThread.start(handle.fd);
    thread?.begin();
    thread?.take(Buffer.from('y'), 0);
    await expect(thread?.finish()).rejects.toMatchObject({ code: 'EBADF' });
    await handle.close();
  });
});

/** Chunks as a connection brings them: the event loop turns in between. */
async function* arriving(bytes: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < times; count++) {
    for (let from = 0; from < bytes.byteLength; from += 65_000) {
      await setImmediate();
      yield bytes.subarray(from, from + 65_000);
    }
  }
}

describe('large files', () => {
  test('many at once, some that stand still among them, are each whole, and the others do not wait for those', async () => {
    const files = createFileStorage(join(directory, 'many'));
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* standingStill(bytes: Uint8Array) {
      yield* arriving(bytes, 6);
      await released;
      yield bytes;
    }
    const bytes = Array.from({ length: 12 }, () => randomBytes(5_000_003));
    const slow = bytes.slice(0, 6).map((piece, at) => files.write(`slow/${at}`, standingStill(piece)));
    const quick = await Promise.all(bytes.slice(6).map((piece, at) => files.write(`quick/${at}`, arriving(piece, 7))));
    release();
    const written = [...(await Promise.all(slow)), ...quick];
    expect(written.map((one) => one.sha256)).toEqual(
      bytes.map((piece) => sha256(Buffer.concat(Array.from({ length: 7 }, () => piece)))),
    );
    for (const { name, sha256: hash } of written)
      expect(sha256(await readFile(await files.localPath(name)))).toBe(hash);
  }, 60_000);

  test('one that is cut off leaves nothing, and its error comes through', async () => {
    const files = createFileStorage(join(directory, 'cut'));
    async function* cutOff() {
      yield* arriving(Buffer.alloc(5_000_000), 10);
      throw new Error('cut off');
    }
    await expect(files.write('cut', cutOff())).rejects.toThrow('cut off');
    expect(await files.stat('cut')).toBeNull();
    expect(await readdir(join(directory, 'cut', partsFolder))).toEqual([]);
  });
});

const small = join(tmpdir(), `zincir-disk-for-threads-${process.pid}`);
const mounted = mountSmallDisk();

function mountSmallDisk(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  spawnSync('mkdir', ['-p', small]);
  return spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', small]).status === 0;
}

describe('on a disk of 64 MB', () => {
  afterAll(() => {
    if (mounted) execFileSync('/bin/umount', [small]);
    return rm(small, { recursive: true, force: true });
  });
  const onSmallDisk = test.skipIf(!mounted);
  const why = mounted ? '' : ' (needs root on Linux, to mount a small disk)';

  onSmallDisk(`a thread whose disk becomes full says so, and does not go on${why}`, async () => {
    const path = join(small, 'full');
    const { handle, thread } = await openThread(path);
    thread.begin();
    await expect(take(thread, Buffer.alloc(80 << 20, 1))).rejects.toMatchObject({ code: 'ENOSPC' });
    await thread.settled();
    await handle.close();
    await rm(path);
  });

  onSmallDisk('a large file that does not fit is refused, and leaves its room free', async () => {
    const files = createFileStorage(join(small, 'files'));
    const chunk = Buffer.alloc(5_000_000, 2);
    await expect(files.write('new', arriving(chunk, 20))).rejects.toMatchObject({ code: 'STORAGE_FULL', params: {} });
    expect(await files.stat('new')).toBeNull();
    expect(await readdir(join(small, 'files', partsFolder))).toEqual([]);
    await files.write('fits', arriving(chunk, 12));
  });
});
