/** What every adapter of the `Files` port keeps. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '../../src/contract/errors.js';
import type { Files } from '../../src/engine/ports.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function* pieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function* cutOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
  throw new AppError('UPLOAD_INCOMPLETE', { receivedBytes: bytes.length });
}

async function contentOf(files: Files, name: string, range?: { start: number; length: number }) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of files.read(name, range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function namesOf(files: Files, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of files.list(prefix)) names.push(name);
  return names.toSorted();
}

export function describeFiles(name: string, open: () => Promise<{ files: Files; drop(): Promise<void> }>): void {
  describe(`files: ${name}`, () => {
    let files: Files;
    let storage: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      storage = await open();
      files = storage.files;
    });
    afterAll(() => storage?.drop());
    const bytes = randomBytes(700_001);

    test('what is written is read back, whole and in parts, and its hash is told', async () => {
      const written = await files.write('whole/a.bin', pieces(bytes));
      expect(written).toEqual({ name: 'whole/a.bin', sizeBytes: bytes.length, sha256: sha256(bytes) });
      expect((await contentOf(files, 'whole/a.bin')).equals(bytes)).toBe(true);
      const part = { start: 123, length: 400_000 };
      expect((await contentOf(files, 'whole/a.bin', part)).equals(bytes.subarray(123, 400_123))).toBe(true);
      expect(await contentOf(files, 'whole/a.bin', { start: 5, length: 0 })).toHaveLength(0);
      expect(await contentOf(files, 'whole/a.bin', { start: 0, length: 1 })).toHaveLength(1);
      expect(await contentOf(files, 'whole/a.bin', { start: bytes.length, length: 9 })).toHaveLength(0);
      expect(await contentOf(files, 'whole/a.bin', { start: bytes.length - 2, length: 9 })).toHaveLength(2);
      expect(await readFile(await files.localPath('whole/a.bin'))).toEqual(bytes);
      expect(await files.stat('whole/a.bin')).toEqual({ sizeBytes: bytes.length, modifiedAt: expect.any(Date) });
    });

    test('a name may depend on the hash', async () => {
      const written = await files.write((hash) => `datasets/${hash}`, pieces(bytes));
      expect(written.name).toBe(`datasets/${sha256(bytes)}`);
      expect(await namesOf(files, 'datasets/')).toEqual([written.name]);
    });

    test('an empty file is a file', async () => {
      await files.write('empty/e', pieces(new Uint8Array(0)));
      expect(await contentOf(files, 'empty/e')).toHaveLength(0);
      expect(await files.stat('empty/e')).toMatchObject({ sizeBytes: 0 });
    });

    test('a source that ends with an error leaves nothing, and its error comes through', async () => {
      await expect(files.write('cut/c', cutOff(bytes))).rejects.toMatchObject({
        code: 'UPLOAD_INCOMPLETE',
        params: { receivedBytes: bytes.length },
      });
      expect(await files.stat('cut/c')).toBeNull();
      expect(await namesOf(files, 'cut')).toEqual([]);
    });

    test('a file is not there until it is whole, and the old one stays until then', async () => {
      await files.write('swap/s', pieces(Buffer.from('old')));
      let first = true;
      async function* slow() {
        yield Buffer.from('new');
        first = false;
        expect((await contentOf(files, 'swap/s')).toString()).toBe('old');
        yield Buffer.from('er');
      }
      await files.write('swap/s', slow());
      expect(first).toBe(false);
      expect((await contentOf(files, 'swap/s')).toString()).toBe('newer');
    });

    test('many who write one name at once leave one whole file', async () => {
      const versions = Array.from({ length: 20 }, (_, i) => Buffer.alloc(50_000, i));
      await Promise.all(versions.map((version) => files.write('race/r', pieces(version))));
      const kept = await contentOf(files, 'race/r');
      expect(versions.some((version) => version.equals(kept))).toBe(true);
      expect(await namesOf(files, 'race/')).toEqual(['race/r']);
    });

    test('a local file is taken over under a name, replacing what was there', async () => {
      const scratch = await files.scratch('train 7/../x');
      const local = join(scratch, 'model.bin');
      await writeFile(local, bytes);
      await files.write('taken/m', pieces(Buffer.from('before')));
      expect(await files.adopt('taken/m', local)).toEqual({
        name: 'taken/m',
        sizeBytes: bytes.length,
        sha256: sha256(bytes),
      });
      expect((await contentOf(files, 'taken/m')).equals(bytes)).toBe(true);
      await expect(stat(local)).rejects.toThrow();
    });

    test('a local file whose hash is known is taken over as it is; one of another size is hashed anew', async () => {
      const scratch = await files.scratch('known');
      const local = join(scratch, 'table.bin');
      const right = { sizeBytes: bytes.length, sha256: sha256(bytes) };
      for (const hashed of [right, { sizeBytes: bytes.length + 1, sha256: sha256(Buffer.from('other')) }]) {
        await writeFile(local, bytes);
        expect(await files.adopt('known/m', local, hashed)).toEqual({ name: 'known/m', ...right });
        expect((await contentOf(files, 'known/m')).equals(bytes)).toBe(true);
      }
    });

    test('each scratch directory is its own', async () => {
      const [one, two] = await Promise.all([files.scratch('same'), files.scratch('same')]);
      expect(one).not.toBe(two);
      expect((await stat(one)).isDirectory()).toBe(true);
    });

    test('lists names by prefix, and nothing that is half written', async () => {
      await files.write('list/1/a', pieces(Buffer.from('1')));
      await files.write('list/1/b', pieces(Buffer.from('22')));
      await files.write('list/10/c', pieces(Buffer.from('333')));
      await files.scratch('list');
      expect(await namesOf(files, 'list/1/')).toEqual(['list/1/a', 'list/1/b']);
      expect(await namesOf(files, 'list/1')).toEqual(['list/1/a', 'list/1/b', 'list/10/c']);
      expect(await namesOf(files, 'nothing/')).toEqual([]);
      expect((await namesOf(files, '')).every((listed) => /^[a-z]+\//.test(listed))).toBe(true);
    });

    test('removes a file; one that is not there is fine', async () => {
      await files.write('gone/g', pieces(Buffer.from('x')));
      await files.remove('gone/g');
      await files.remove('gone/g');
      expect(await files.stat('gone/g')).toBeNull();
      await expect(contentOf(files, 'gone/g')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      await expect(files.localPath('gone/g')).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    });

    test.each(['../out', '/etc/passwd', 'a/../../out', 'a//b', '', '.hidden', 'a/.', 'a\\b', 'a\0b', 'C:/x'])(
      'a name that leads elsewhere is refused: %j',
      async (bad) => {
        await expect(files.write(bad, pieces(Buffer.from('x')))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
        await expect(files.write(() => bad, pieces(Buffer.from('x')))).rejects.toMatchObject({
          code: 'FILE_NOT_FOUND',
        });
        expect(() => files.read(bad)).toThrow(AppError);
      },
    );

    test('more small files at once than a store lists in one answer are all there', async () => {
      await Promise.all(Array.from({ length: 1001 }, (_, i) => files.write(`many/${i}`, pieces(Buffer.from(`${i}`)))));
      expect(await namesOf(files, 'many/')).toHaveLength(1001);
    });

    test('says that it can be written, and where it is', async () => {
      expect(await files.check()).toEqual({ ok: true, detail: expect.stringMatching(/./) });
    });
  });
}
