/** Files of a workflow onto the disk: whole under their name, or not at all. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Artifact, Workflow } from '../contract/entities.js';
import { AppError, toAppError } from '../contract/errors.js';
import type { Client } from './client.js';
import { interruptionOf } from './interruption.js';
import { makeDirectory } from './make-directory.js';

/**
 * Saves the named files (all, when none is named) into a directory, which is made if needed. Each file is written
 * under another name, checked against its hash and then renamed.
 * @returns the path of each file by its name
 * @throws AppError `ARTIFACT_NOT_FOUND`, `FILE_NOT_WRITABLE`, `STORAGE_FULL`, `FILE_CORRUPT`
 */
export async function downloadArtifacts(
  client: Client,
  workflow: Workflow,
  directory: string,
  options: { names?: readonly string[]; signal?: AbortSignal; saved?: (file: string, sizeBytes: number) => void } = {},
): Promise<Record<string, string>> {
  const chosen = choose(workflow, options.names ?? []);
  await makeDirectory(directory).catch((error: unknown) => {
    throw notWritable(directory, error);
  });
  const saved: Record<string, string> = {};
  for (const artifact of chosen) {
    const file = path.join(directory, artifact.name);
    await save(client, workflow.id, artifact, file, options.signal);
    saved[artifact.name] = file;
    options.saved?.(file, artifact.sizeBytes);
  }
  return saved;
}

function choose(workflow: Workflow, names: readonly string[]): Artifact[] {
  if (names.length === 0) return workflow.artifacts;
  return names.map((name) => {
    const artifact = workflow.artifacts.find((one) => one.name === name);
    if (artifact) return artifact;
    const known = workflow.artifacts.map((one) => one.name).join(', ') || '-';
    throw new AppError('ARTIFACT_NOT_FOUND', { id: String(workflow.id), name, names: known });
  });
}

async function save(client: Client, id: number, artifact: Artifact, file: string, signal: AbortSignal | undefined) {
  const response = await client.artifact(id, artifact.name);
  const partial = path.join(path.dirname(file), `.${artifact.name}.${process.pid}.part`);
  const hash = createHash('sha256');
  try {
    await pipeline(
      Readable.from(response.body ?? []),
      async function* (source: AsyncIterable<Uint8Array>) {
        for await (const bytes of source) {
          hash.update(bytes);
          yield bytes;
        }
      },
      createWriteStream(partial),
      signal ? { signal } : {},
    );
    if (hash.digest('hex') !== artifact.sha256) throw new AppError('FILE_CORRUPT', { file: artifact.name });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw interruptionOf(signal) ?? notWritable(file, error, client.url);
  }
}

const systemFaults = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ENOENT', 'ENAMETOOLONG'];

function notWritable(file: string, error: unknown, url?: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (systemFaults.includes(code))
    return new AppError('FILE_NOT_WRITABLE', { path: file, detail: code }, { cause: error });
  // The body of a fetch that breaks off ends in a TypeError.
  if (error instanceof TypeError && url) return new AppError('SERVER_UNREACHABLE', { url }, { cause: error });
  return toAppError(error);
}
