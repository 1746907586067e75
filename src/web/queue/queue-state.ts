import type { Texts } from '../language/language.js';

/** The state of a queue in words; one that a newer RabbitMQ brings, as it came. */
export function queueStateText({ queueStates }: Texts['terms'], state: string): string {
  const known: Record<string, string> = queueStates;
  return known[state] ?? state;
}
