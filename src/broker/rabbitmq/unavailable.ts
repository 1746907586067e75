/** Faults of the broker as errors of the contract, and limits on how long it may stay silent. */
import { AppError } from '../../contract/errors.js';

export function unavailable(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('BROKER_UNAVAILABLE', { detail: describeFault(thrown) }, { cause: thrown });
}

/** One line about a fault. A host with two addresses fails with an error that has a code and no message. */
export function describeFault(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
  return thrown.message === '' ? code : thrown.message;
}

export function faultCode(thrown: unknown): string | null {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
}

/** @throws AppError `BROKER_UNAVAILABLE` when `answer` has not come after `ms` */
export async function within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
