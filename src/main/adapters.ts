/** The three addresses, turned into adapters. Nothing else knows which kinds there are; those of the cluster are loaded only where they are used. */
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { createMemoryBroker } from '../broker/memory.js';
import { AppError } from '../contract/errors.js';
import { openDatabase } from '../database/index.js';
import type { Broker, Files, Store } from '../engine/ports.js';
import { createFileStorage } from '../storage/filesystem.js';
import { templateDir } from './package.js';

export const openStore = (url: string): Promise<Store> => openDatabase(url, { templateDir });

/** @throws AppError `SETTING_INVALID` */
export async function openBroker(url: string, log?: Logger): Promise<Broker> {
  if (url.startsWith('memory://')) return createMemoryBroker();
  const { createRabbitBroker } = await import('../broker/rabbitmq/rabbit-broker.js');
  return createRabbitBroker(url, log ? { log } : {});
}

/** @throws AppError `SETTING_INVALID` */
export async function openFiles(url: string): Promise<Files> {
  if (url.startsWith('file://')) return createFileStorage(localPath(url));
  const { createS3Storage } = await import('../storage/s3/s3-storage.js');
  return createS3Storage(url);
}

function localPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const rule = 'file:// and an absolute path, such as file:///srv/zincir';
    throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_STORAGE_URL', value: url, rule }, { cause });
  }
}

/** True where the database lives inside this process, so that nobody else can be running its steps. */
export const isEmbedded = (databaseUrl: string): boolean => databaseUrl.startsWith('pglite://');
