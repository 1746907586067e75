/** Faults of the store as errors of the contract. */
import { AppError } from '../../contract/errors.js';
import { toStorageError } from '../local-file.js';

const fullStatus = 507;
const fullCodes = ['QuotaExceeded', 'XMinioStorageFull', 'InsufficientCapacity'];

/** Runs an operation of the store. @param name the file that it is about, if it is about one */
export async function storingRemotely<Result>(operation: () => Promise<Result>, name?: string): Promise<Result> {
  try {
    return await operation();
  } catch (thrown) {
    throw toS3Error(thrown, name);
  }
}

export function toS3Error(thrown: unknown, name?: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = thrown instanceof Error ? thrown.name : '';
  const missing = code === 'NoSuchKey' || code === 'NotFound';
  if (name !== undefined && missing) return new AppError('FILE_NOT_FOUND', { path: name }, { cause: thrown });
  if (fullCodes.includes(code) || statusOf(thrown) === fullStatus) {
    return new AppError('STORAGE_FULL', {}, { cause: thrown });
  }
  if (!(thrown instanceof Error)) return toStorageError(thrown);
  const local = toStorageError(thrown);
  if (local.code === 'STORAGE_FULL') return local;
  const told = [code === 'Error' ? '' : code, thrown.message || systemCode(thrown)].filter((part) => part !== '');
  return new AppError('STORAGE_UNAVAILABLE', { detail: told.join(': ') }, { cause: thrown });
}

/** HTTP status of the answer that an error stands for. */
export function statusOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('$metadata' in thrown)) return null;
  const metadata = thrown.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return null;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : null;
}

/** A host with two addresses fails with an error that has a code and no message. */
function systemCode(thrown: Error): string {
  return 'code' in thrown ? String(thrown.code) : '';
}
