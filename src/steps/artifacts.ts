/** Files of a step: written in its scratch directory, then moved into storage under its attempt's name. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toAppError } from '../contract/errors.js';
import type { StoredFile } from '../contract/tasks.js';
import type { StepContext } from './context.js';

/** Files that steps leave for each other beside the artifacts that a user may download. */
export const profileFile = 'profile.json';
export const preprocessingFile = 'preprocessing.json';

/** Name in storage of a file of this attempt. */
function storageName({ input }: StepContext, name: string): string {
  return `workflows/${input.workflowId}/${input.name}-${input.attempt}/${name}`;
}

/**
 * Moves a file of the scratch directory into storage.
 * @param hashed what is known of its bytes already
 * @throws AppError `STORAGE_FULL`, `STORAGE_UNAVAILABLE`
 */
export async function adopt(
  context: StepContext,
  name: string,
  hashed?: { sizeBytes: number; sha256: string },
): Promise<StoredFile> {
  const stored = await context.files.adopt(storageName(context, name), join(context.scratch, name), hashed);
  return { name, file: stored.name, sizeBytes: stored.sizeBytes, sha256: stored.sha256 };
}

/** Writes bytes or text as a file of this attempt. @throws AppError `STORAGE_FULL`, `STORAGE_UNAVAILABLE` */
export async function store(context: StepContext, name: string, content: Uint8Array | string): Promise<StoredFile> {
  await writeFile(join(context.scratch, name), content).catch((fault) => {
    throw toAppError(fault);
  });
  return adopt(context, name);
}

/** Local path of a file that an earlier step of the chain left. @throws Error when there is none */
export async function earlierFile({ input, files }: StepContext, name: string): Promise<string> {
  const stored = input.files.find((file) => file.name === name);
  if (stored === undefined) throw new Error(`step ${input.name} found no ${name} of the steps before it`);
  return files.localPath(stored.file);
}
