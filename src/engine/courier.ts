/**
 * Brings the next step's message to the broker from where the step before was completed. It lies in the outbox as any
 * other, for the case that this process dies; but no relay need be told of it, look for it and take it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { toAppError } from '../contract/errors.js';
import type { OutboxRow, StepEnding } from './ports.js';
import { publishRow, type RelayContext } from './relay.js';

/** A message that was not brought after this is left to the relays. */
const takenForMs = 5_000;
/** Messages that were brought are removed from the outbox together; one that is published twice does no harm. */
const gatherMs = 20;

export interface Courier {
  /** For `completeStep`: its message is ours. */
  takes(now: Date): Pick<StepEnding, 'take'>;
  /** Resolves when all that was taken is brought, or given back. */
  stop(): Promise<void>;
}

export function createCourier(
  context: RelayContext,
  log: { warn(details: object, text: string): void } = { warn: () => {} },
): Courier {
  const { store, clock } = context;
  const under = new Set<Promise<void>>();
  let brought: number[] = [];
  let removing: Promise<void> | null = null;

  const remove = async (): Promise<void> => {
    while (brought.length > 0) {
      await sleep(gatherMs);
      const ids = brought;
      brought = [];
      await store.markPublished(ids).catch(failed);
    }
    removing = null;
  };
  const failed = (thrown: unknown) => log.warn({ err: toAppError(thrown) }, 'a message could not be brought');
  const bring = async (row: OutboxRow): Promise<void> => {
    try {
      await publishRow(context, row);
    } catch (thrown) {
      failed(thrown);
      return store.returnOutbox([row.id], clock.now()).catch(failed);
    }
    brought.push(row.id);
    removing ??= remove();
  };
  const taken = (row: OutboxRow): void => {
    const bringing = bring(row).finally(() => under.delete(bringing));
    under.add(bringing);
  };

  return {
    takes: (now) => ({ take: { until: new Date(now.getTime() + takenForMs), taken } }),
    async stop() {
      await Promise.all(under);
      await removing;
    },
  };
}
