/**
 * A worker process whose steps do nothing, in its own process: broker, intake, claims and completions are real.
 * Says `completed` for each chain, its hops when asked, and ends when told to.
 */
import { createRabbitBroker } from '../../src/broker/rabbitmq/rabbit-broker.js';
import { queueNames } from '../../src/contract/tasks.js';
import { openDatabase } from '../../src/database/index.js';
import { createCourier } from '../../src/engine/courier.js';
import type { Delivery } from '../../src/engine/ports.js';
import { Intake } from '../../src/worker/intake.js';
import { fenceOf, leaseMs, outputOf } from '../../test/conformance/chain.js';

const { BENCH_DATABASE_URL = '', BENCH_BROKER_URL = '', BENCH_SLOTS = '2' } = process.env;
const log = { info: () => {}, warn: console.warn, error: console.error };
const store = await openDatabase(BENCH_DATABASE_URL);
const broker = createRabbitBroker(BENCH_BROKER_URL, { log });
const courier = createCourier({ store, broker, clock: { now: () => new Date() } }, log);
/** From the end of one step's work to the beginning of the next one's, in milliseconds. */
let hops: number[] = [];
const reportedAt = new Map<number, number>();

async function handle(delivery: Delivery, free: () => void): Promise<void> {
  const claimed = await store.claimStep(delivery.message.args[0], 'bench', leaseMs, new Date());
  if (claimed !== null) {
    const { workflowId, name } = claimed.input;
    const before = reportedAt.get(workflowId);
    if (before !== undefined) hops.push(performance.now() - before);
    // What the step does would stand here; then its slot is another's.
    free();
    reportedAt.set(workflowId, performance.now());
    const now = new Date();
    const ending = courier.takes(now);
    if (!(await store.completeStep(fenceOf(claimed), outputOf(claimed), now, ending))) throw new Error('fenced');
    if (name === 'train') {
      reportedAt.delete(workflowId);
      process.send?.({ completed: workflowId });
    }
  }
  await delivery.ack();
}

const intake = new Intake({ broker, queues: queueNames, slots: Number(BENCH_SLOTS), log, handle });
await intake.open();
process.send?.({ ready: true });
process.on('message', async (asked) => {
  if (asked === 'hops') {
    process.send?.({ hops });
    hops = [];
    return;
  }
  await intake.stop();
  await courier.stop();
  await broker.close();
  await store.close();
  process.disconnect();
});
