import { type CommandMaker, makeCommand } from '../command.js';
import { addSettings, type FlagSetting, typedSettings } from '../setting-flags.js';

/** What a worker serves is its metrics alone. */
const without: readonly FlagSetting[] = [
  'ZINCIR_PORT',
  'ZINCIR_ALLOWED_HOSTS',
  'ZINCIR_USERS_FILE',
  'ZINCIR_FLOWER_URL',
  'ZINCIR_RABBITMQ_API_URL',
  'ZINCIR_QUEUE_WAIT_WARNING_SECONDS',
  'ZINCIR_TASK_RETENTION_DAYS',
  'ZINCIR_MAX_UPLOAD_BYTES',
  'ZINCIR_WEBHOOK_URL',
  'ZINCIR_WEBHOOK_SECRET',
  'ZINCIR_WEBHOOK_EVENTS',
  'ZINCIR_WEBHOOK_PRIVATE',
];

export const workerCommand: CommandMaker = (context, finish) => {
  const command = makeCommand(context, 'worker', [
    'worker',
    'worker --queues train --concurrency 4',
    'worker --database-url postgres://zincir@db/zincir --broker-url amqp://rabbit --storage-url s3://bucket',
  ]).option('--name <name@host>', context.texts.settings.ZINCIR_NODE_NAME);
  return addSettings(context, command, without).action(async ({ name, ...flags }: { name?: string }) => {
    // The worker drains by itself when a signal comes.
    context.interruption.dispose();
    const settings = { ...typedSettings(context, flags), ...(name === undefined ? {} : { ZINCIR_NODE_NAME: name }) };
    finish(await context.program.work({ settings, language: context.language }));
  });
};
