/** Servers for operators, in both worlds: embedded, and on PostgreSQL and RabbitMQ with its management API. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import { createMemoryBroker } from '../../src/broker/memory.js';
import { createRabbitBroker } from '../../src/broker/rabbitmq/rabbit-broker.js';
import { createEngine, type EngineOptions } from '../../src/engine/create-engine.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Broker, Store } from '../../src/engine/ports.js';
import { createSniffer } from '../../src/main/sniffer.js';
import { createFileStorage } from '../../src/storage/filesystem.js';
import { createPgliteDatabase, createPostgresDatabase, findPostgres, postgresMissing } from './database.js';
import { listen } from './listening.js';
import {
  createVhost,
  findManagement,
  findRabbit,
  managementMissing,
  rabbitMissing,
  type TestVhost,
} from './rabbitmq.js';

export interface OperationsServer {
  url: string;
  engine: Engine;
  store: Store;
  broker: Broker;
  /** The virtual host, where the broker is RabbitMQ. */
  vhost: TestVhost | null;
  /** Another server on the same database and broker. */
  another(options?: OperationsOptions): Promise<OperationsServer>;
  /** The answer of a GET, checked against its schema. */
  read<Schema extends z.ZodType>(schema: Schema, path: string, language?: string): Promise<z.infer<Schema>>;
  send(path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

interface OperationsOptions extends Partial<Pick<EngineOptions, 'queueWaitWarningMs' | 'clock' | 'limits'>> {
  managementUrl?: string | null;
}

export interface World {
  name: string;
  /** Why it is not to be had. */
  missing: string | null;
  open(options?: OperationsOptions): Promise<OperationsServer>;
}

async function serve(
  store: Store,
  broker: Broker,
  vhost: TestVhost | null,
  options: OperationsOptions,
  more: { another: OperationsServer['another']; drop(): Promise<void> },
): Promise<OperationsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'zincir-operations-'));
  const files = createFileStorage(directory);
  const clock = { now: () => new Date() };
  const engine = createEngine({ clock, ...options, store, broker, files, sniffer: createSniffer(files) });
  const { app, url } = await listen(engine);
  return {
    url,
    engine,
    store,
    broker,
    vhost,
    another: more.another,
    async read(schema, path, language = 'en') {
      const response = await fetch(url + path, { headers: { 'accept-language': language } });
      const text = await response.text();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
      return schema.parse(JSON.parse(text));
    },
    async send(path, body) {
      const response = await fetch(url + path, {
        method: 'POST',
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async close() {
      await app.close();
      await engine.stop();
      await more.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export const embedded: World = {
  name: 'embedded',
  missing: null,
  async open(options = {}) {
    const database = await createPgliteDatabase();
    const broker = createMemoryBroker();
    const another = (others: OperationsOptions = {}) =>
      serve(database.store, broker, null, others, { another, drop: async () => {} });
    const drop = async () => {
      await broker.close();
      await database.drop();
    };
    return serve(database.store, broker, null, options, { another, drop });
  },
};

const lacks = [
  (await findPostgres()) ? null : postgresMissing,
  (await findRabbit()) ? null : rabbitMissing,
  (await findManagement()) ? null : managementMissing,
].filter((lack) => lack !== null);

export const cluster: World = {
  name: 'PostgreSQL and RabbitMQ',
  missing: lacks.length > 0 ? lacks.join(', ') : null,
  async open(options = {}) {
    const [database, vhost] = await Promise.all([createPostgresDatabase(), createVhost()]);
    const on = (brokerOptions: OperationsOptions, dropRest: () => Promise<void>) => {
      const broker = createRabbitBroker(vhost.url, { managementUrl: brokerOptions.managementUrl ?? null });
      const drop = async () => {
        await broker.close();
        await dropRest();
      };
      return serve(database.store, broker, vhost, brokerOptions, { another, drop });
    };
    const another = (others: OperationsOptions = {}): Promise<OperationsServer> => on(others, async () => {});
    return on(options, async () => {
      await database.drop();
      await vhost.drop();
    });
  },
};
