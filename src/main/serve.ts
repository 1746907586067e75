/** `zincir start`, `zincir worker` and `zincir migrate`. */
import { fill, type Language, messagesOf } from '../contract/messages/translate.js';
import { openStore } from './adapters.js';
import { type RunningNode, startNode, startWorkerNode } from './node.js';
import { version } from './package.js';
import type { Settings } from './settings.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

interface Voice {
  language: Language;
  print(line: string): void;
}

/** Serves until a signal; answers the exit code. */
export function serve(settings: Settings, options: Voice & { worker: boolean }): Promise<number> {
  const { dataDir, concurrency } = settings;
  return untilSignal(options, async () => {
    const texts = messagesOf(options.language).program;
    const node = await startNode(settings, { worker: options.worker });
    options.print(fill(options.language, texts.ready, { version, url: node.url }));
    const detail = options.worker ? texts.readyData : texts.readyDataNoWorker;
    options.print(fill(options.language, detail, { dataDir, concurrency }));
    if (settings.usersFile === null && !isLoopback(settings.host)) {
      options.print(fill(options.language, texts.openToAll, { host: settings.host }));
    }
    return node;
  });
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Works until a signal; answers the exit code. */
export function work(settings: Settings, options: Voice): Promise<number> {
  const { concurrency } = settings;
  return untilSignal(options, async () => {
    const node = await startWorkerNode(settings);
    const values = { version, concurrency, queues: settings.queues.join(', ') };
    options.print(fill(options.language, messagesOf(options.language).program.workerReady, values));
    return node;
  });
}

/** Brings the database's tables up to date, which every start does too. */
export async function migrate(settings: Settings, options: Voice): Promise<number> {
  const store = await openStore(settings.databaseUrl);
  const { detail } = await store.check();
  await store.close();
  options.print(fill(options.language, messagesOf(options.language).program.migrated, { detail }));
  return 0;
}

/**
 * Answers 0 after an orderly stop. SIGINT and SIGTERM hand running steps back within the grace period, as does an
 * operator who shuts down a node that only works; a second signal stops at once with 130, which loses nothing but the
 * time since the last checkpoint.
 */
async function untilSignal({ language, print }: Voice, start: () => Promise<RunningNode>): Promise<number> {
  const texts = messagesOf(language).program;
  // From the first moment on: a signal that comes during the start counts too.
  const asked = new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
  const node = await start();
  await Promise.race([asked, node.ended]);
  for (const signal of signals) process.once(signal, () => process.exit(130));
  print(texts.stopping);
  await node.close();
  print(texts.stopped);
  return 0;
}
