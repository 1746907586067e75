/** An engine on real parts: PGlite, memory broker, files and CSV reader, with a clock that the test moves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryBroker } from '../../src/broker/memory.js';
import { Preprocessing } from '../../src/contract/config.js';
import { openDatabase } from '../../src/database/index.js';
import { createEngine, type EngineOptions } from '../../src/engine/create-engine.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Broker, Files, Store } from '../../src/engine/ports.js';
import { createSniffer } from '../../src/main/sniffer.js';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { at } from '../conformance/chain.js';
import { sharedTemplate } from './database.js';

export const flowers = 'a,b,species\n1,2.5,x\n2,3.5,y\n3,1.25,x\n4,0.5,y\n';

export interface EngineBench {
  engine: Engine;
  store: Store;
  broker: Broker;
  files: Files;
  /** Milliseconds since the test's beginning. */
  moveTo(ms: number): void;
  /** Another engine on the same ports. */
  another(options?: Partial<EngineOptions>): Engine;
  upload(text: string, fileName?: string): ReturnType<Engine['datasets']['add']>;
  /** Uploads `text` and creates a workflow on it that predicts `target`. */
  create(options?: { text?: string; target?: string; start?: boolean }): Promise<number>;
  close(): Promise<void>;
}

export async function createEngineBench(): Promise<EngineBench> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-engine-'));
  const store = await openDatabase(`pglite://${join(directory, 'db')}`, { templateDir: await sharedTemplate() });
  const files = createFileStorage(join(directory, 'files'));
  const broker = createMemoryBroker();
  let now = at(0);
  const ports = { store, broker, files, sniffer: createSniffer(files), clock: { now: () => now } };
  const another = (options: Partial<EngineOptions> = {}) => createEngine({ ...ports, random: () => 1, ...options });
  const engine = another();
  const upload: EngineBench['upload'] = (text, fileName = 'flowers.csv') =>
    engine.datasets.add({ source: inPieces(text), fileName, name: null });
  return {
    engine,
    store,
    broker,
    files,
    another,
    upload,
    moveTo(ms) {
      now = at(ms);
    },
    async create({ text = flowers, target = 'species', start = true } = {}) {
      const { id: datasetId } = await upload(text);
      const config = { model: 'LR' as const, target, params: {}, preprocessing: Preprocessing.parse({}) };
      return engine.workflows.create({ datasetId, config, start });
    },
    async close() {
      await store.close();
      await broker.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += 7) yield bytes.subarray(i, i + 7);
}
