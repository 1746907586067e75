import { afterAll, beforeAll, expect, it } from 'vitest';
import { claimNext, createChain, fenceOf, outputOf } from '../../test/conformance/chain.js';
import { createPgliteDatabase, type TestDatabase } from '../../test/support/database.js';
import { createMemoryBroker } from '../broker/memory.js';
import { AppError } from '../contract/errors.js';
import { createCourier } from './courier.js';
import type { Broker, Delivery } from './ports.js';

const clock = { now: () => new Date() };
let database: TestDatabase;
beforeAll(async () => {
  database = await createPgliteDatabase();
});
afterAll(() => database.drop());

/** Completes the first step of a new chain; answers what the outbox holds of the second, whenever it is due. */
async function completeFirst(broker: Broker) {
  const { store } = database;
  const courier = createCourier({ store, broker, clock });
  const id = await createChain(store);
  const step = await claimNext(store, id);
  const now = clock.now();
  expect(await store.completeStep(fenceOf(step), outputOf(step), now, courier.takes(now))).toBe(true);
  await courier.stop();
  const rows = async (at: Date) =>
    (await store.dueOutbox(100, at)).filter(({ message }) => message.kwargs.workflowId === id);
  return { id, rows, later: new Date(now.getTime() + 60_000) };
}

it('the message of the next step is brought to the broker, and is in the outbox no more', async () => {
  const broker = createMemoryBroker();
  const deliveries: Delivery[] = [];
  await broker.consume('zincir.preprocess', 10, (delivery) => deliveries.push(delivery));
  const { id, rows, later } = await completeFirst(broker);
  await expect.poll(() => deliveries.map(({ message }) => message.kwargs.workflowId)).toEqual([id]);
  const names = (await rows(later)).map(({ message }) => message.name);
  expect(names).not.toContain('zincir.preprocess');
});

it('a message that the broker refuses is due at once, for whoever reaches it', async () => {
  const broker: Broker = {
    ...createMemoryBroker(),
    publish: () => Promise.reject(new AppError('BROKER_UNAVAILABLE', { detail: 'full' })),
  };
  const { rows } = await completeFirst(broker);
  const names = (await rows(new Date())).map(({ message }) => message.name);
  expect(names).toContain('zincir.preprocess');
});
