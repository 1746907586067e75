/** Takes due messages from the outbox to the broker. */
import { toAppError } from '../contract/errors.js';
import type { TaskMessage } from '../contract/tasks.js';
import type { Broker, Clock, OutboxRow, Store } from './ports.js';
import { type Repeated, repeat } from './repeat.js';
import { noTracer, type Tracer, traced } from './tracing.js';

const batch = 100;
/** A relay that is gone with what it took has it published by another after this. */
const takenForMs = 10_000;

export interface RelayContext {
  store: Store;
  broker: Broker;
  clock: Clock;
  tracer?: Tracer | undefined;
}

/**
 * Publishes all that is due, then removes it. A crash in between publishes a message twice, which runs nothing twice;
 * the other order would lose it. Of several relays on one database each takes other rows.
 * @throws AppError of the broker or the database, after what was published is removed
 */
export async function relayOutbox(context: RelayContext) {
  const { store, clock } = context;
  for (;;) {
    const now = clock.now();
    const rows = await store.takeOutbox(batch, new Date(now.getTime() + takenForMs), now);
    if (rows.length === 0) return;
    const outcomes = await Promise.allSettled(rows.map((row) => publishRow(context, row)));
    const ids = (status: 'fulfilled' | 'rejected') =>
      rows.filter((_, i) => outcomes[i]?.status === status).map(({ id }) => id);
    await store.markPublished(ids('fulfilled'));
    await store.returnOutbox(ids('rejected'), clock.now());
    const refused = outcomes.find((outcome) => outcome.status === 'rejected');
    if (refused) throw toAppError(refused.reason);
    if (rows.length < batch) return;
  }
}

/** Workers look so often, and are not told when there is something: the servers are, unless they are all away. */
const workersLookMs = 1_000;

/** For a node that only works: chains go on, and steps are tried again, while no server is there to publish. */
export function relayOnWorker(context: RelayContext, log: { warn(details: object, text: string): void }): Repeated {
  const failed = (thrown: unknown) => log.warn({ err: toAppError(thrown) }, 'the outbox relay failed');
  return repeat(workersLookMs, () => relayOutbox(context), failed);
}

/** Asynchronous, so that a broker that throws at once is one that refuses. */
export async function publishRow(
  { broker, tracer = noTracer }: RelayContext,
  { message, priority }: OutboxRow,
): Promise<void> {
  await publishTraced(tracer, message, (sent) => broker.publish(sent, { priority }));
}

/** Whoever takes the message puts its spans within that of the publishing. */
function publishTraced(
  tracer: Tracer,
  message: TaskMessage,
  publish: (message: TaskMessage) => Promise<void>,
): Promise<void> {
  if (message.traceparent === undefined) return publish(message);
  const values = {
    'messaging.operation.type': 'send',
    'messaging.destination.name': message.name,
    'messaging.message.id': message.id,
    'zincir.workflow.id': message.kwargs.workflowId,
  };
  const options = { kind: 'producer', parent: message.traceparent, values } as const;
  return traced(tracer, `publish ${message.name}`, options, ({ traceparent }) =>
    publish({ ...message, traceparent: traceparent ?? message.traceparent }),
  );
}
