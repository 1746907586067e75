import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../contract/errors.js';

const firstPauseMs = 100;
const longestPauseMs = 2_000;

/** Runs a write again for as long as the database is away and `worthwhile` says so; any other throw is passed on. */
export async function insist<Result>(write: () => Promise<Result>, worthwhile: () => boolean): Promise<Result> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await write();
    } catch (error) {
      const away = error instanceof AppError && error.code === 'DATABASE_UNAVAILABLE';
      if (!away || !worthwhile()) throw error;
      await sleep(pauseMs);
    }
  }
}
