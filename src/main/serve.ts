/** `zincir start`: serves until a signal. */
import { fill, type Language, messagesOf } from '../contract/messages/translate.js';
import { startNode } from './node.js';
import { version } from './package.js';
import type { Settings } from './settings.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Answers 0 after an orderly stop. SIGINT and SIGTERM hand running steps back within the grace period; a
 * second signal stops at once with 130, which loses nothing but the time since the last checkpoint.
 */
export async function serve(
  settings: Settings,
  options: { worker: boolean; language: Language; print(line: string): void },
): Promise<number> {
  const texts = messagesOf(options.language).program;
  const asked = new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
  const node = await startNode(settings, { worker: options.worker });
  const { dataDir, concurrency } = settings;
  options.print(fill(options.language, texts.ready, { version, url: node.url }));
  options.print(
    fill(options.language, options.worker ? texts.readyData : texts.readyDataNoWorker, { dataDir, concurrency }),
  );

  await asked;
  for (const signal of signals) process.once(signal, () => process.exit(130));
  options.print(texts.stopping);
  await node.close();
  options.print(texts.stopped);
  return 0;
}
