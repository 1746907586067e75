import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../contract/errors.js';

/**
 * As `mkdir -p`. Node's own recursive `mkdir` spins forever where a directory cannot be made although its parent is
 * there and the system says ENOENT all the same, as /proc does.
 */
export function makeDirectory(directory: string): void {
  if (existsSync(directory)) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process was quicker.
    if (!existsSync(directory)) throw error;
  }
}

/**
 * For an adapter whose own way of making its folder never ends where the system refuses one as /proc does.
 * @throws AppError `SETTING_INVALID` that names the setting whose value leads there
 */
export function prepareDirectory(directory: string, { setting, value }: { setting: string; value: string }): void {
  try {
    makeDirectory(path.resolve(directory));
  } catch (cause) {
    const rule = `a directory that can be made (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new AppError('SETTING_INVALID', { setting, value, rule }, { cause });
  }
}
