/** Every setting, parsed once: environment over `.env` over the default; a flag of the same name goes before all. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { stepNames } from '../contract/entities.js';
import { AppError } from '../contract/errors.js';
import { QueueName, queueNames } from '../contract/tasks.js';
import { WebhookEventType, webhookEventTypes } from '../contract/webhooks.js';
import { bytesOf, memoryBytes } from './memory.js';

const text = z.string().trim().min(1);
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const address = (...schemes: string[]) =>
  text.refine((value) => schemes.some((scheme) => value.startsWith(`${scheme}://`)), {
    message: `an address that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
  });

const commaSeparated = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const schema = {
  ZINCIR_DATA_DIR: text.default('./zincir-data').transform((directory) => path.resolve(directory)),
  ZINCIR_DATABASE_URL: address('pglite', 'postgres', 'postgresql').optional(),
  ZINCIR_BROKER_URL: address('memory', 'amqp', 'amqps').default('memory://'),
  ZINCIR_STORAGE_URL: address('file', 's3').optional(),
  ZINCIR_HOST: text.default('127.0.0.1'),
  ZINCIR_PORT: count(0, 65535).default(8000),
  ZINCIR_URL: z.url({ protocol: /^https?$/ }).optional(),
  ZINCIR_ALLOWED_HOSTS: commaSeparated.default([]),
  ZINCIR_USERS_FILE: text.transform((file) => path.resolve(file)).optional(),
  ZINCIR_FLOWER_URL: z.url({ protocol: /^https?$/ }).optional(),
  ZINCIR_RABBITMQ_API_URL: z.url({ protocol: /^https?$/ }).optional(),
  ZINCIR_QUEUE_WAIT_WARNING_SECONDS: count(1, 30 * 86_400).default(300),
  ZINCIR_TASK_RETENTION_DAYS: count(1, 36_500).default(90),
  ZINCIR_METRICS_PORT: count(0, 65535).optional(),
  ZINCIR_WEBHOOK_URL: commaSeparated.pipe(z.array(z.url({ protocol: /^https?$/ }))).default([]),
  ZINCIR_WEBHOOK_SECRET: text.min(16, 'at least 16 characters').optional(),
  ZINCIR_WEBHOOK_EVENTS: commaSeparated.pipe(z.array(WebhookEventType)).default([...webhookEventTypes]),
  ZINCIR_WEBHOOK_PRIVATE: z.enum(['true', 'false']).default('false'),
  ZINCIR_MAX_UPLOAD_BYTES: count(1, Number.MAX_SAFE_INTEGER).optional(),
  ZINCIR_CONCURRENCY: count(1, 256).default(Math.max(1, availableParallelism() - 1)),
  ZINCIR_QUEUES: commaSeparated
    .transform((names) => names.map((name) => (name.startsWith('zincir.') ? name : `zincir.${name}`)))
    .pipe(z.array(QueueName))
    .transform((names) => queueNames.filter((name) => names.includes(name)))
    .default([...queueNames]),
  ZINCIR_NODE_NAME: text.regex(/^[\w.-]+@[\w.-]+$/, 'name@host').optional(),
  ZINCIR_GRACE_SECONDS: count(0, 86_400).default(30),
  ZINCIR_LEASE_SECONDS: count(2, 3600).default(30),
  ZINCIR_STEP_TIMEOUT_SECONDS: count(1, 30 * 86_400).optional(),
  ZINCIR_MAX_RUNNING: count(1, 1_000_000).optional(),
  ZINCIR_MAX_RUNNING_PER_OWNER: count(1, 1_000_000).optional(),
  ZINCIR_CLOCK_OFFSET_FILE: text.optional(),
  ZINCIR_MEMORY: text
    .transform(bytesOf)
    .refine((bytes) => bytes !== null, 'bytes, or a number with KB, MB, GB or TB')
    .optional(),
  ZINCIR_THREADS: count(1, 64).optional(),
  ZINCIR_KERNELS: z.enum(['auto', 'plain']).default('auto'),
  ZINCIR_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('warn'),
} as const;

type SettingName = keyof typeof schema;

export const settingNames = Object.keys(schema) as SettingName[]; // Object.keys forgets the keys' type.

export interface Settings {
  dataDir: string;
  /** The data directory was asked for, not the default one: a client means its data and no other. */
  dataDirGiven: boolean;
  databaseUrl: string;
  brokerUrl: string;
  storageUrl: string;
  host: string;
  port: number;
  /** Where a client looks for a server; null: wherever `host` and `port` say. */
  url: string | null;
  allowedHosts: string[];
  /** Who may sign in; null: everyone who reaches the server may do everything. */
  usersFile: string | null;
  /** A running Celery Flower; null: none. */
  flowerUrl: string | null;
  /** Where RabbitMQ's management API is; null: beside the broker. */
  rabbitmqApiUrl: string | null;
  /** A task that has waited for longer is worth a warning. */
  queueWaitWarningMs: number;
  /** So long after its end a task is forgotten; its workflow is not. */
  taskRetentionMs: number;
  /** Where a process that only works shows its metrics; null: nowhere. */
  metricsPort: number | null;
  /** Who is called when something happens; null: nobody. */
  webhooks: { urls: string[]; secret: string; events: WebhookEventType[]; allowPrivate: boolean } | null;
  maxUploadBytes: number | null;
  concurrency: number;
  queues: QueueName[];
  /** Name of this worker among all; null: made of host and pid. */
  nodeName: string | null;
  graceMs: number;
  /** So long after a worker was last heard of its steps run again elsewhere. */
  leaseMs: number;
  stepTimeoutMs: number | null;
  /** How many workflows run at a time, in all and of one owner; null: as many as there are. */
  maxRunning: number | null;
  maxRunningPerOwner: number | null;
  /** See `clock.ts`; null: the system's time as it is. */
  clockOffsetFile: string | null;
  /** What a step's training may take. */
  memoryBytes: number;
  kernels: 'auto' | 'plain';
  /** Threads that train one step; null: the processors, shared among the steps that run at once. */
  threads: number | null;
  logLevel: z.infer<(typeof schema)['ZINCIR_LOG_LEVEL']>;
}

/**
 * @param flags settings that were typed, by their names, such as `{ ZINCIR_PORT: '8080' }`
 * @throws AppError `SETTING_INVALID` naming the setting, its value and the rule
 */
export function readSettings(environment: NodeJS.ProcessEnv, flags: Readonly<Record<string, string>> = {}): Settings {
  const given: NodeJS.ProcessEnv = { ...readDotEnv(), ...environment, ...flags };
  const values = {
    dataDir: setting(given, 'ZINCIR_DATA_DIR'),
    dataDirGiven: Boolean(given.ZINCIR_DATA_DIR),
    databaseUrl: setting(given, 'ZINCIR_DATABASE_URL'),
    brokerUrl: setting(given, 'ZINCIR_BROKER_URL'),
    storageUrl: setting(given, 'ZINCIR_STORAGE_URL'),
    host: setting(given, 'ZINCIR_HOST'),
    port: setting(given, 'ZINCIR_PORT'),
    url: setting(given, 'ZINCIR_URL') ?? null,
    allowedHosts: setting(given, 'ZINCIR_ALLOWED_HOSTS'),
    usersFile: setting(given, 'ZINCIR_USERS_FILE') ?? null,
    flowerUrl: setting(given, 'ZINCIR_FLOWER_URL') ?? null,
    rabbitmqApiUrl: setting(given, 'ZINCIR_RABBITMQ_API_URL') ?? null,
    queueWaitWarningMs: setting(given, 'ZINCIR_QUEUE_WAIT_WARNING_SECONDS') * 1000,
    taskRetentionMs: setting(given, 'ZINCIR_TASK_RETENTION_DAYS') * 86_400_000,
    metricsPort: setting(given, 'ZINCIR_METRICS_PORT') ?? null,
    webhooks: readWebhooks(given),
    maxUploadBytes: setting(given, 'ZINCIR_MAX_UPLOAD_BYTES') ?? null,
    concurrency: setting(given, 'ZINCIR_CONCURRENCY'),
    queues: setting(given, 'ZINCIR_QUEUES'),
    nodeName: setting(given, 'ZINCIR_NODE_NAME') ?? null,
    graceMs: setting(given, 'ZINCIR_GRACE_SECONDS') * 1000,
    leaseMs: setting(given, 'ZINCIR_LEASE_SECONDS') * 1000,
    stepTimeoutMs: milliseconds(setting(given, 'ZINCIR_STEP_TIMEOUT_SECONDS')),
    maxRunning: setting(given, 'ZINCIR_MAX_RUNNING') ?? null,
    maxRunningPerOwner: setting(given, 'ZINCIR_MAX_RUNNING_PER_OWNER') ?? null,
    clockOffsetFile: setting(given, 'ZINCIR_CLOCK_OFFSET_FILE') ?? null,
    memoryBytes: setting(given, 'ZINCIR_MEMORY') ?? memoryBytes(undefined),
    kernels: setting(given, 'ZINCIR_KERNELS'),
    threads: setting(given, 'ZINCIR_THREADS') ?? null,
    logLevel: setting(given, 'ZINCIR_LOG_LEVEL'),
  };
  return {
    ...values,
    databaseUrl: values.databaseUrl ?? `pglite://${encodePath(path.join(values.dataDir, 'db'))}`,
    storageUrl: values.storageUrl ?? pathToFileURL(path.join(values.dataDir, 'files')).href,
  };
}

/** A call that is not signed could come from anybody: with an address, the secret must be there. */
function readWebhooks(given: NodeJS.ProcessEnv): Settings['webhooks'] {
  const urls = setting(given, 'ZINCIR_WEBHOOK_URL');
  const secret = setting(given, 'ZINCIR_WEBHOOK_SECRET');
  const events = setting(given, 'ZINCIR_WEBHOOK_EVENTS');
  const allowPrivate = setting(given, 'ZINCIR_WEBHOOK_PRIVATE') === 'true';
  if (urls.length === 0) return null;
  if (secret !== undefined) return { urls, secret, events, allowPrivate };
  const rule = 'set together with ZINCIR_WEBHOOK_URL: it signs the calls';
  throw new AppError('SETTING_INVALID', { setting: 'ZINCIR_WEBHOOK_SECRET', value: '', rule });
}

/** Each setting with its default, as lines for a help text; the words are the contract's names. */
export function settingsHelp(): string {
  const defaults: Partial<Record<SettingName, string>> = {
    ZINCIR_DATABASE_URL: 'pglite://<data>/db',
    ZINCIR_STORAGE_URL: 'file://<data>/files',
    ZINCIR_DATA_DIR: './zincir-data',
    ZINCIR_MEMORY: '1/4',
    ZINCIR_QUEUES: stepNames.join(','),
  };
  return settingNames
    .map((name) => {
      const fallback = defaults[name] ?? schema[name].safeParse(undefined).data;
      return `  ${name.padEnd(28)}${fallback === undefined || String(fallback) === '' ? '-' : String(fallback)}`;
    })
    .join('\n');
}

const encodePath = (location: string) => location.split(path.sep).map(encodeURIComponent).join('/');

function setting<Name extends SettingName>(given: NodeJS.ProcessEnv, name: Name): z.output<(typeof schema)[Name]> {
  const value = given[name] === '' ? undefined : given[name];
  const parsed = schema[name].safeParse(value);
  if (!parsed.success) {
    // An address may hold a password.
    const shown = name.endsWith('_SECRET') ? '***' : (value ?? '').replace(/\/\/[^@/]*@/, '//***@');
    throw new AppError('SETTING_INVALID', { setting: name, value: shown, rule: rule(parsed.error) });
  }
  return parsed.data as z.output<(typeof schema)[Name]>; // The compiler does not follow `schema[name]` through a generic name.
}

const milliseconds = (seconds: number | undefined): number | null => (seconds === undefined ? null : seconds * 1000);

function rule(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const isOneOfSeveral = issue.code === 'invalid_value' && issue.path.length > 0;
      return isOneOfSeveral ? `one of ${issue.values.join(', ')}` : issue.message;
    })
    .join('; ');
}

function readDotEnv(): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EISDIR')) return {};
    throw error;
  }
}
