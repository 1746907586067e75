import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileStorage } from './filesystem.js';
import { partsFolder, scratchFolder } from './leftovers.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-storage-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const host = hostname().replace(/[^A-Za-z0-9]+/g, '_');

async function* repeated(chunk: Uint8Array, times: number) {
  for (let i = 0; i < times; i++) yield chunk;
}

test('what a dead process left half written goes at the next start; what a living one writes stays', async () => {
  const root = join(directory, 'leftovers');
  const { pid: dead } = spawnSync('true');
  const parts = join(root, partsFolder);
  const scratch = join(root, scratchFolder);
  await mkdir(parts, { recursive: true });
  await mkdir(join(scratch, `${host}-${dead}-train-abc`), { recursive: true });
  await mkdir(join(scratch, `${host}-${process.ppid}-train-def`));
  const names = {
    dead: `${host}-${dead}-1`,
    alive: `${host}-${process.ppid}-2`,
    elsewhere: 'other_host-1-3',
    old: 'other_host-1-4',
  };
  for (const name of Object.values(names)) await writeFile(join(parts, name), 'x');
  await utimes(join(parts, names.old), new Date(0), new Date(0));

  await createFileStorage(root).write('a', repeated(Buffer.from('x'), 1));
  expect((await readdir(parts)).toSorted()).toEqual([names.alive, names.elsewhere].toSorted());
  expect(await readdir(scratch)).toEqual([`${host}-${process.ppid}-train-def`]);
});

test('a thousand megabytes pass through in less than a hundred of memory', async () => {
  const files = createFileStorage(join(directory, 'large'));
  const megabyte = Buffer.alloc(1 << 20, 7);
  await files.write('warm', repeated(megabyte, 20));
  const before = process.memoryUsage().rss;
  let peak = before;
  async function* watched() {
    for (let i = 0; i < 1000; i++) {
      peak = Math.max(peak, process.memoryUsage().rss);
      yield megabyte;
    }
  }
  const { sizeBytes } = await files.write('large', watched());
  expect(sizeBytes).toBe(1000 << 20);
  expect((peak - before) / 1e6).toBeLessThan(100);
  await files.remove('large');
});

const small = join(tmpdir(), `zincir-small-disk-${process.pid}`);
const mounted = mountSmallDisk();

function mountSmallDisk(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  spawnSync('mkdir', ['-p', small]);
  return spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small]).status === 0;
}

describe('on a disk of 2 MB', () => {
  afterAll(() => {
    if (mounted) execFileSync('/bin/umount', [small]);
    return rm(small, { recursive: true, force: true });
  });
  const onSmallDisk = test.skipIf(!mounted);
  const why = mounted ? '' : ' (needs root on Linux, to mount a small disk)';

  onSmallDisk(`a file that does not fit is refused, and leaves its room free${why}`, async () => {
    const files = createFileStorage(join(small, 'files'));
    await files.write('kept', repeated(Buffer.alloc(100_000, 1), 5));
    const chunk = Buffer.alloc(300_000, 2);
    await expect(files.write('kept', repeated(chunk, 20))).rejects.toMatchObject({ code: 'STORAGE_FULL', params: {} });
    await expect(files.write('new', repeated(chunk, 20))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    expect(await files.stat('kept')).toMatchObject({ sizeBytes: 500_000 });
    expect(await files.stat('new')).toBeNull();
    expect(await readdir(join(small, 'files', partsFolder))).toEqual([]);
    await files.write('fits', repeated(chunk, 4));
  });

  onSmallDisk('a file from another disk is taken over by copying it', async () => {
    const files = createFileStorage(join(directory, 'adopting'));
    const local = join(small, 'local');
    await writeFile(local, 'content');
    expect(await files.adopt('adopted', local)).toMatchObject({ sizeBytes: 7 });
    expect(existsSync(local)).toBe(false);
    expect(await files.stat('adopted')).toMatchObject({ sizeBytes: 7 });
  });
});

test('a directory that cannot be made says so', async () => {
  await writeFile(join(directory, 'file'), '');
  const files = createFileStorage(join(directory, 'file', 'below'));
  await expect(files.write('a', repeated(Buffer.from('x'), 1))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  expect(await files.check()).toMatchObject({ ok: false });
});
