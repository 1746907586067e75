/** The three addresses, turned into adapters. Nothing else knows which kinds there are; those of the cluster are loaded only where they are used. */
import type { Logger } from 'pino';
import { createMemoryBroker } from '../broker/memory.js';
import { openDatabase } from '../database/index.js';
import type { Broker, Store } from '../engine/ports.js';
import { prepareDirectory } from './make-directory.js';
import { templateDir } from './package.js';

export { openFiles } from './open-files.js';

/** @throws AppError `SETTING_INVALID`, and what `openDatabase` throws */
export async function openStore(url: string): Promise<Store> {
  if (isEmbedded(url)) {
    const directory = decodeURIComponent(url.slice('pglite://'.length));
    prepareDirectory(directory, { setting: 'ZINCIR_DATABASE_URL', value: url });
  }
  return openDatabase(url, { templateDir });
}

/** @throws AppError `SETTING_INVALID` */
export async function openBroker(
  url: string,
  options: { log?: Logger; managementUrl?: string | null } = {},
): Promise<Broker> {
  if (url.startsWith('memory://')) return createMemoryBroker();
  const { createRabbitBroker } = await import('../broker/rabbitmq/rabbit-broker.js');
  return createRabbitBroker(url, options);
}

/** True where the database lives inside this process, so that nobody else can be running its steps. */
export const isEmbedded = (databaseUrl: string): boolean => databaseUrl.startsWith('pglite://');
