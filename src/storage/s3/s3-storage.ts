/**
 * Files in an S3 bucket.
 *
 * What is written lies on this machine's disk first, while it is hashed, and is then sent as a whole. Sending it while
 * it comes in would save that disk, but the name of a dataset is its hash, and so is what the object says about itself;
 * both are known only at the end. Sent under a passing name, it would have to be copied within the store (in parts,
 * beyond 5 GB) and the passing names of dead processes be looked for. This way a source that fails, or a process that
 * dies while it comes in, has sent nothing at all.
 *
 * Of an upload in parts that a dying process leaves, the store keeps the parts, invisibly, until a lifecycle rule
 * (`AbortIncompleteMultipartUpload`) removes them.
 */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { Readable } from 'node:stream';
import { AppError, toAppError } from '../../contract/errors.js';
import type { Files } from '../../engine/ports.js';
import { type HashedFile, hashFile, partsOf, writePart } from '../local-file.js';
import { parseS3Url } from './address.js';
import { Bucket, type Found } from './bucket.js';
import { LocalCopies } from './local-copies.js';

const whole = { start: 0, end: null };

/**
 * Files in `s3://bucket/prefix`; nothing is asked of the store before the first use.
 * @throws AppError `SETTING_INVALID`
 */
export function createS3Storage(url: string): Files {
  const address = parseS3Url(url);
  const bucket = new Bucket(address);
  const copies = new LocalCopies(address.cacheDirectory, address.cacheBytes);

  const put = async (name: string, path: string, hashed: HashedFile) => {
    partsOf(name);
    await bucket.put(name, path, hashed);
    return { name, ...hashed };
  };

  return {
    async write(name, source) {
      if (typeof name === 'string') partsOf(name);
      const part = await copies.newPart();
      try {
        const hashed = await writePart(part, source, { durable: false });
        return await put(typeof name === 'string' ? name : name(hashed.sha256), part, hashed);
      } finally {
        await unlink(part).catch(() => {});
      }
    },
    async adopt(name, localPath, hashed) {
      partsOf(name);
      const written = await put(name, localPath, await hashFile(localPath, { durable: false, hashed }));
      await unlink(localPath).catch(() => {});
      return written;
    },
    read(name, range) {
      partsOf(name);
      return Readable.from(readRange(bucket, name, range), { objectMode: false });
    },
    async localPath(name) {
      partsOf(name);
      const found = await bucket.head(name);
      const id = found.sha256 ?? createHash('sha256').update(`${bucket.where} ${name} ${found.etag}`).digest('hex');
      return copies.get(id, found.sizeBytes, (path) => download(bucket, name, found, path));
    },
    forgetPaths: () => copies.forget(),
    async stat(name) {
      partsOf(name);
      try {
        const { sizeBytes, modifiedAt } = await bucket.head(name);
        return { sizeBytes, modifiedAt };
      } catch (thrown) {
        if (thrown instanceof AppError && thrown.code === 'FILE_NOT_FOUND') return null;
        throw thrown;
      }
    },
    async remove(name) {
      partsOf(name);
      await bucket.remove(name);
    },
    async *list(prefix) {
      for await (const file of bucket.list(prefix)) if (isFile(file.name)) yield file;
    },
    scratch: (label) => copies.scratch(label),
    async check() {
      try {
        await copies.newPart();
        await bucket.probe(`.check-${hostname()}-${process.pid}`);
        return { ok: true, detail: bucket.where };
      } catch (thrown) {
        return { ok: false, detail: `${bucket.where}: ${faultOf(thrown)}` };
      }
    },
  };
}

async function* readRange(
  bucket: Bucket,
  name: string,
  range: { start: number; length: number } | undefined,
): AsyncGenerator<Uint8Array> {
  if (range === undefined) return yield* bucket.read(name, whole);
  if (range.length > 0) return yield* bucket.read(name, { start: range.start, end: range.start + range.length - 1 });
  // Nothing of a file that is not there is still an error.
  await bucket.head(name);
}

/** @throws AppError `STORAGE_UNAVAILABLE` when what came is not what was written; the next try may get it whole */
async function download(bucket: Bucket, name: string, found: Found, path: string): Promise<void> {
  const { sizeBytes, sha256 } = await writePart(path, bucket.read(name, whole, found.etag), { durable: false });
  if (sizeBytes === found.sizeBytes && (found.sha256 === null || sha256 === found.sha256)) return;
  throw new AppError('STORAGE_UNAVAILABLE', { detail: `${name} is not the file that was written` });
}

/** Objects of others below the prefix, and our own probes, have names that no file of ours has. */
function isFile(name: string): boolean {
  try {
    return partsOf(name).length > 0;
  } catch {
    return false;
  }
}

function faultOf(thrown: unknown): string {
  const { params, message } = toAppError(thrown);
  return typeof params.detail === 'string' ? params.detail : message;
}
