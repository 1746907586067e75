/** Takes due messages from the outbox to the broker. */
import { toAppError } from '../contract/errors.js';
import type { Broker, Clock, Store } from './ports.js';

const batch = 100;

/**
 * Publishes all that is due, then marks it. A crash in between publishes a message twice, which runs nothing twice;
 * the other order would lose it.
 * @throws AppError of the broker or the database, after what was published is marked
 */
export async function relayOutbox({ store, broker, clock }: { store: Store; broker: Broker; clock: Clock }) {
  for (;;) {
    const rows = await store.dueOutbox(batch, clock.now());
    if (rows.length === 0) return;
    const outcomes = await Promise.allSettled(
      rows.map(({ message, priority }) => broker.publish(message, { priority })),
    );
    const published = rows.filter((_, i) => outcomes[i]?.status === 'fulfilled').map(({ id }) => id);
    await store.markPublished(published);
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused) throw toAppError(refused.reason);
    if (rows.length < batch) return;
  }
}
