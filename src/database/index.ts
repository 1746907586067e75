/** The database behind the engine's `Store`: `pglite://<directory>` in this process, or `postgres://` on a server. */
import { AppError } from '../contract/errors.js';
import type { Store } from '../engine/ports.js';
import type { Driver } from './driver.js';
import { indexForSearch, migrate } from './migrate.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';
import { createStore } from './store.js';

export interface DatabaseOptions {
  /** A directory made by `buildTemplate`: a fresh PGlite database begins as a copy of it. */
  templateDir?: string;
}

/**
 * Opens the database and brings its tables up to date.
 * @param url `pglite://<directory>` (percent-encoded where needed) or `postgres://user:pass@host/db`
 * @throws AppError `SETTING_INVALID`, `DATABASE_UNAVAILABLE`, `STORAGE_FULL`
 */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Store> {
  const driver = await openDriver(url, options);
  try {
    await migrate(driver);
    if (isServer(url)) await indexForSearch(driver);
  } catch (thrown) {
    await driver.close().catch(() => {});
    throw thrown;
  }
  return createStore(driver);
}

/** Makes `directory` a migrated, closed PGlite database, to be copied by `openDatabase`. */
export async function buildTemplate(directory: string): Promise<void> {
  const driver = await openPglite(directory);
  await migrate(driver);
  await driver.close();
}

const isServer = (url: string): boolean => /^postgres(ql)?:\/\//.test(url);

async function openDriver(url: string, { templateDir }: DatabaseOptions): Promise<Driver> {
  const directory = /^pglite:\/\/(.+)$/s.exec(url)?.[1];
  if (directory !== undefined) return openPglite(decodeURIComponent(directory), templateDir);
  if (isServer(url)) return openPostgres(url);
  const value = url.replace(/:[^:@/]*@/, ':***@');
  throw new AppError('SETTING_INVALID', {
    setting: 'ZINCIR_DATABASE_URL',
    value,
    rule: 'begins with pglite:// or postgres://',
  });
}
