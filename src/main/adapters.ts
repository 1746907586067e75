/** The three addresses, turned into adapters. Nothing else knows which kinds there are. */
import { createMemoryBroker } from '../broker/memory.js';
import { openDatabase } from '../database/index.js';
import type { Broker, Files, Store } from '../engine/ports.js';
import { createFileStorage } from '../storage/filesystem.js';
import { templateDir } from './package.js';

export const openStore = (url: string): Promise<Store> => openDatabase(url, { templateDir });

export const openBroker = (_url: string): Broker => createMemoryBroker();

export const openFiles = (url: string): Files => createFileStorage(pathOf(url));

/** True where the database lives inside this process, so that nobody else can be running its steps. */
export const isEmbedded = (databaseUrl: string): boolean => databaseUrl.startsWith('pglite://');

function pathOf(url: string): string {
  return decodeURIComponent(url.slice('file://'.length));
}
