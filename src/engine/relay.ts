/** Takes due messages from the outbox to the broker. */
import { toAppError } from '../contract/errors.js';
import type { Broker, Clock, Store } from './ports.js';

const batch = 100;
/** A relay that is gone with what it took has it published by another after this. */
const takenForMs = 10_000;

/**
 * Publishes all that is due, then removes it. A crash in between publishes a message twice, which runs nothing twice;
 * the other order would lose it. Of several relays on one database each takes other rows.
 * @throws AppError of the broker or the database, after what was published is removed
 */
export async function relayOutbox({ store, broker, clock }: { store: Store; broker: Broker; clock: Clock }) {
  for (;;) {
    const now = clock.now();
    const rows = await store.takeOutbox(batch, new Date(now.getTime() + takenForMs), now);
    if (rows.length === 0) return;
    // Asynchronous, so that a broker that throws at once is one that refuses.
    const publishing = rows.map(async ({ message, priority }) => broker.publish(message, { priority }));
    const outcomes = await Promise.allSettled(publishing);
    const ids = (status: 'fulfilled' | 'rejected') =>
      rows.filter((_, i) => outcomes[i]?.status === status).map(({ id }) => id);
    await store.markPublished(ids('fulfilled'));
    await store.returnOutbox(ids('rejected'), clock.now());
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused) throw toAppError(refused.reason);
    if (rows.length < batch) return;
  }
}
