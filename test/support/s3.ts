/** An S3 store for tests, in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFauxqs } from 'fauxqs';

export interface TestS3 {
  /** An address whose local copies lie in a directory of the test's own. */
  url(prefix?: string, more?: Record<string, string>): string;
  endpoint: string;
  port: number;
  bucket: string;
  cacheDirectory: string;
  stop(): Promise<void>;
}

export async function startS3(): Promise<TestS3> {
  // What the SDK looks for; the store takes any.
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const server = await startFauxqs({ port: 0, logger: false });
  const bucket = 'zincir-test';
  server.createBucket(bucket);
  const endpoint = `http://127.0.0.1:${server.port}`;
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'zincir-s3-test-'));
  return {
    endpoint,
    port: server.port,
    bucket,
    cacheDirectory,
    url(prefix = 'files', more = {}) {
      return `s3://${bucket}/${prefix}?${new URLSearchParams({ endpoint, cacheDirectory, ...more })}`;
    },
    async stop() {
      await server.stop();
      await rm(cacheDirectory, { recursive: true, force: true });
    },
  };
}
