import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createMemoryBroker } from '../broker/memory.js';
import { type QueueName, queueNames } from '../contract/tasks.js';
import type { Broker } from '../engine/ports.js';
import { Intake } from './intake.js';

const log = { info: () => {}, warn: () => {}, error: () => {} };

let taskNumber = 0;
const publish = (broker: Broker, name: QueueName) => {
  taskNumber += 1;
  const id = `00000000-0000-4000-8000-${String(taskNumber).padStart(12, '0')}`;
  return broker.publish({ id, name, args: [taskNumber], kwargs: { workflowId: 1 }, retries: 0 });
};

it('handles every message of every queue once, and never more at a time than there are slots', async () => {
  const broker = createMemoryBroker();
  const handled: number[] = [];
  let running = 0;
  let most = 0;
  const intake = new Intake({
    broker,
    queues: queueNames,
    slots: 2,
    log,
    handle: async (delivery) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(3);
      running -= 1;
      handled.push(delivery.message.args[0]);
      await delivery.ack();
    },
  });
  for (let round = 0; round < 10; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await intake.open();
  for (let round = 0; round < 10; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await expect.poll(() => handled.length, { timeout: 5_000 }).toBe(60);
  expect(most).toBe(2);
  expect(new Set(handled).size).toBe(60);
  await intake.stop();
});

it('goes on consuming while steps are short, for to come and go costs the broker more than they do', async () => {
  const memory = createMemoryBroker();
  let consumed = 0;
  const broker: Broker = {
    ...memory,
    consume: (...wanted) => {
      consumed += 1;
      return memory.consume(...wanted);
    },
  };
  let handled = 0;
  const intake = new Intake({
    broker,
    queues: queueNames,
    slots: 1,
    log,
    handle: async (delivery) => {
      await sleep(2);
      await delivery.ack();
      handled += 1;
    },
  });
  await intake.open();
  for (let round = 0; round < 20; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await expect.poll(() => handled, { timeout: 5_000 }).toBe(60);
  expect(consumed).toBe(queueNames.length);
  await intake.stop();
});

it('leaves what it has no slot for to another worker', async () => {
  const broker = createMemoryBroker();
  const never = new Promise<void>(() => {});
  const busy = new Intake({ broker, queues: queueNames, slots: 1, log, handle: () => never });
  await busy.open();
  for (const queue of [...queueNames, ...queueNames]) await publish(broker, queue);
  await sleep(20);
  const others: QueueName[] = [];
  const idle = new Intake({
    broker,
    queues: queueNames,
    slots: 1,
    log,
    handle: async (delivery) => {
      others.push(delivery.message.name);
      await delivery.ack();
    },
  });
  await idle.open();
  await expect.poll(() => others.length).toBe(5);
  await idle.stop();
});

it('takes nothing after stop, and waits for what it has taken', async () => {
  const broker = createMemoryBroker();
  const events: string[] = [];
  const intake = new Intake({
    broker,
    queues: ['zincir.train'],
    slots: 4,
    log,
    handle: async (delivery) => {
      events.push('begun');
      await sleep(50);
      events.push('ended');
      await delivery.ack();
    },
  });
  await intake.open();
  await publish(broker, 'zincir.train');
  await expect.poll(() => events).toEqual(['begun']);
  await intake.stop();
  expect(events).toEqual(['begun', 'ended']);
  await publish(broker, 'zincir.train');
  await sleep(20);
  expect(events).toEqual(['begun', 'ended']);
});
