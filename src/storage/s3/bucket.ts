/** The objects of one bucket below a prefix, by the names that files have. The SDK is loaded when first needed. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { HashedFile } from '../local-file.js';
import type { S3Address } from './address.js';
import { statusOf, storingRemotely, toS3Error } from './errors.js';
import { limiter } from './limiter.js';

/** Files up to this go in one request; larger ones in parts of it. */
const partBytes = 8 * 2 ** 20;
/** The protocol has room for 10,000 parts. */
const mostParts = 9_000;
const partsAtOnce = 4;
const largeAtOnce = 2;
const smallAtOnce = 8;
const downloadTries = 4;

export interface Found {
  sizeBytes: number;
  modifiedAt: Date;
  etag: string;
  /** Of the content, as it was when it was written; null for an object that somebody else put there. */
  sha256: string | null;
}

export interface Extent {
  /** First byte. */
  start: number;
  /** Last byte; null: to the end. */
  end: number | null;
}

interface Connected {
  client: S3Client;
  sdk: typeof import('@aws-sdk/client-s3');
}

export class Bucket {
  readonly #address: S3Address;
  #connected: Promise<Connected> | null = null;
  readonly #large = limiter(largeAtOnce);
  readonly #small = limiter(smallAtOnce);

  constructor(address: S3Address) {
    this.#address = address;
  }

  /** For people: where the files lie. */
  get where(): string {
    const { bucket, prefix, endpoint } = this.#address;
    return `s3://${bucket}/${prefix.replace(/\/$/, '')}${endpoint === null ? '' : ` at ${endpoint}`}`;
  }

  /**
   * Puts a whole local file under a name. Nobody sees any of it before all of it is there, and of one that fails
   * nothing stays: parts that were sent already are taken back. In memory are at most 8 files of 8 MiB and, of larger
   * ones, 2 times 4 parts of 8 MiB (more beyond 70 GiB, where parts grow).
   */
  async put(name: string, path: string, { sizeBytes, sha256 }: HashedFile): Promise<void> {
    const { client, sdk } = await this.#open();
    const target = { ...this.#object(name), Metadata: { sha256 } };
    await storingRemotely(() => {
      if (sizeBytes > partBytes) return this.#large(() => putInParts(client, target, path, sizeBytes));
      return this.#small(async () => {
        await client.send(new sdk.PutObjectCommand({ ...target, Body: await readFile(path) }));
      });
    });
  }

  /** @throws AppError `FILE_NOT_FOUND`, `STORAGE_UNAVAILABLE` */
  async head(name: string): Promise<Found> {
    const { client, sdk } = await this.#open();
    const { ContentLength, LastModified, ETag, Metadata } = await storingRemotely(
      () => client.send(new sdk.HeadObjectCommand(this.#object(name))),
      name,
    );
    return {
      sizeBytes: ContentLength ?? 0,
      modifiedAt: LastModified ?? new Date(0),
      etag: ETag ?? '',
      sha256: /^[0-9a-f]{64}$/.test(Metadata?.sha256 ?? '') ? (Metadata?.sha256 ?? null) : null,
    };
  }

  /**
   * The bytes of an object. A connection that breaks on the way is taken up again where it broke, as long as the
   * object is still the same.
   * @param etag only if it is this version of it
   */
  async *read(name: string, { start, end }: Extent, etag?: string): AsyncGenerator<Uint8Array> {
    const { client, sdk } = await this.#open();
    let at = start;
    let version = etag;
    for (let failures = 0; ; ) {
      const range = at === 0 && end === null ? undefined : `bytes=${at}-${end ?? ''}`;
      const command = new sdk.GetObjectCommand({ ...this.#object(name), Range: range, IfMatch: version });
      const answer = await client.send(command).catch((thrown: unknown) => {
        // Nothing lies behind the last byte, here as in a file.
        if (statusOf(thrown) === 416) return null;
        throw toS3Error(thrown, name);
      });
      if (!(answer?.Body instanceof Readable)) return;
      version = answer.ETag;
      const last = at + (answer.ContentLength ?? 0);
      const chunks = answer.Body[Symbol.asyncIterator]();
      try {
        // Only what comes from the store is tried again, not what the reader of these bytes throws.
        for (;;) {
          const step = await nextOf(chunks);
          if ('fault' in step) {
            if (++failures >= downloadTries) throw toS3Error(step.fault, name);
            break;
          }
          if (step.done) {
            if (at >= last) return;
            if (++failures >= downloadTries) throw toS3Error(new Error(`${name} came incomplete`));
            break;
          }
          at += step.value.byteLength;
          yield step.value;
        }
      } finally {
        answer.Body.destroy();
      }
    }
  }

  async remove(name: string): Promise<void> {
    const { client, sdk } = await this.#open();
    await storingRemotely(() => client.send(new sdk.DeleteObjectCommand(this.#object(name))));
  }

  async *list(prefix: string): AsyncGenerator<{ name: string; sizeBytes: number; modifiedAt: Date }> {
    const { client, sdk } = await this.#open();
    const { bucket, prefix: root } = this.#address;
    let token: string | undefined;
    do {
      const command = new sdk.ListObjectsV2Command({
        Bucket: bucket,
        Prefix: `${root}${prefix}`,
        ContinuationToken: token,
      });
      const page = await storingRemotely(() => client.send(command));
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue;
        yield { name: Key.slice(root.length), sizeBytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Writes and removes an object beside the files. @throws AppError `STORAGE_UNAVAILABLE`, `STORAGE_FULL` */
  async probe(name: string): Promise<void> {
    const { client, sdk } = await this.#open();
    await storingRemotely(async () => {
      await client.send(new sdk.PutObjectCommand({ ...this.#object(name), Body: new Uint8Array([1]) }));
      await client.send(new sdk.DeleteObjectCommand(this.#object(name)));
    });
  }

  #object(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.#address.bucket, Key: `${this.#address.prefix}${name}` };
  }

  #open(): Promise<Connected> {
    this.#connected ??= connect(this.#address);
    return this.#connected;
  }
}

async function connect({ endpoint, region, pathStyle }: S3Address): Promise<Connected> {
  // The SDK's version is pinned to one that runs on this Node; that later ones will not is nothing for the user.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const sockets = { maxSockets: 64, keepAlive: true };
  const client = new sdk.S3Client({
    ...(region === null ? {} : { region }),
    ...(endpoint === null ? {} : { endpoint }),
    forcePathStyle: pathStyle,
    maxAttempts: 4,
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: 30_000,
      socketAcquisitionWarningTimeout: 600_000,
      httpAgent: sockets,
      httpsAgent: sockets,
    },
  });
  return { client, sdk };
}

async function putInParts(
  client: S3Client,
  target: { Bucket: string; Key: string; Metadata: Record<string, string> },
  path: string,
  sizeBytes: number,
): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage');
  const upload = new Upload({
    client,
    params: { ...target, Body: createReadStream(path, { highWaterMark: 1 << 20 }) },
    partSize: Math.max(partBytes, Math.ceil(sizeBytes / mostParts)),
    queueSize: partsAtOnce,
    leavePartsOnError: false,
  });
  await upload.done();
}

async function nextOf(
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ done: false; value: Uint8Array } | { done: true } | { fault: unknown }> {
  try {
    const { done, value } = await chunks.next();
    return done === true ? { done } : { done: false, value };
  } catch (fault) {
    return { fault };
  }
}
