import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createMemoryBroker } from '../broker/memory.js';
import { type QueueName, queueNames } from '../contract/tasks.js';
import type { Broker } from '../engine/ports.js';
import { Intake, type IntakeOptions } from './intake.js';
import { limits } from './limits.js';

const log = { info: () => {}, warn: () => {}, error: () => {} };

let taskNumber = 0;
const publish = (broker: Broker, name: QueueName) => {
  taskNumber += 1;
  const id = `00000000-0000-4000-8000-${String(taskNumber).padStart(12, '0')}`;
  return broker.publish({ id, name, args: [taskNumber], kwargs: { workflowId: 1 }, retries: 0 });
};

const intakeOf = (
  broker: Broker,
  slots: number,
  handle: IntakeOptions['handle'],
  queues: readonly QueueName[] = queueNames,
) => new Intake({ broker, queues, slots, log, handle });

it('handles every message of every queue once, and never more at a time than there are slots', async () => {
  const broker = createMemoryBroker();
  const handled: number[] = [];
  let running = 0;
  let most = 0;
  const intake = intakeOf(broker, 2, async (delivery) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(3);
    running -= 1;
    handled.push(delivery.message.args[0]);
    await delivery.ack();
  });
  for (let round = 0; round < 10; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await intake.open();
  for (let round = 0; round < 10; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await expect.poll(() => handled.length, { timeout: 5_000 }).toBe(20 * queueNames.length);
  expect(most).toBe(2);
  expect(new Set(handled).size).toBe(20 * queueNames.length);
  await intake.stop();
});

it('gives the slot of one that only writes down its end to another, as often as it may', async () => {
  const broker = createMemoryBroker();
  const begun: number[] = [];
  const write: (() => void)[] = [];
  const intake = intakeOf(broker, 2, async (delivery, free) => {
    begun.push(delivery.message.args[0]);
    await sleep(1);
    free();
    free();
    await new Promise<void>((resolve) => write.push(resolve));
    await delivery.ack();
  });
  for (let round = 0; round < 3; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await intake.open();
  await expect.poll(() => write.length).toBe(6);
  await sleep(50);
  expect(begun.length).toBe(6);
  write.shift()?.();
  await expect.poll(() => write.length).toBe(6);
  expect(begun.length).toBe(7);
  const stopped = intake.stop();
  let isOver = false;
  void stopped.then(() => {
    isOver = true;
  });
  await sleep(20);
  expect(isOver).toBe(false);
  for (const end of write) end();
  await stopped;
  expect(begun.length).toBe(7);
});

it('is counted among those who take from its queues while all slots are taken, and not when it takes nothing more', async () => {
  const broker = createMemoryBroker();
  const ends: (() => void)[] = [];
  const intake = intakeOf(broker, 1, async (delivery) => {
    await new Promise<void>((resolve) => ends.push(resolve));
    await delivery.ack();
  });
  const consumers = async () => {
    const told = await broker.queues.count();
    return told.ok ? told.answer.queues.slice(0, 3).map((queue) => queue.consumers) : null;
  };
  await intake.open();
  await publish(broker, 'zincir.train');
  await publish(broker, 'zincir.train');
  await expect.poll(() => ends.length).toBe(1);
  await sleep(2 * limits.lingerMs);
  expect(await consumers()).toEqual([1, 1, 1]);
  expect(await broker.queues.inspect('zincir.train')).toMatchObject({ answer: { ready: 1, unacked: 1 } });
  ends.shift()?.();
  await expect.poll(() => ends.length).toBe(1);
  expect(await consumers()).toEqual([1, 1, 1]);
  await sleep(2 * limits.lingerMs);
  intake.giveUp('zincir.train');
  await expect.poll(consumers).toEqual([1, 1, 0]);
  intake.hush();
  await expect.poll(consumers).toEqual([0, 0, 0]);
  ends.shift()?.();
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
  const intake = intakeOf(broker, 1, async (delivery) => {
    await sleep(2);
    await delivery.ack();
    handled += 1;
  });
  await intake.open();
  for (let round = 0; round < 20; round += 1) for (const queue of queueNames) await publish(broker, queue);
  await expect.poll(() => handled, { timeout: 5_000 }).toBe(20 * queueNames.length);
  expect(consumed).toBe(queueNames.length);
  await intake.stop();
});

it('leaves what it has no slot for to another worker', async () => {
  const broker = createMemoryBroker();
  const never = new Promise<void>(() => {});
  const busy = intakeOf(broker, 1, () => never);
  await busy.open();
  for (const queue of [...queueNames, ...queueNames]) await publish(broker, queue);
  await sleep(20);
  const others: QueueName[] = [];
  const idle = intakeOf(broker, 1, async (delivery) => {
    others.push(delivery.message.name);
    await delivery.ack();
  });
  await idle.open();
  await expect.poll(() => others.length).toBe(2 * queueNames.length - 1);
  await idle.stop();
});

it('takes nothing after stop, and waits for what it has taken', async () => {
  const broker = createMemoryBroker();
  const events: string[] = [];
  const intake = intakeOf(
    broker,
    4,
    async (delivery) => {
      events.push('begun');
      await sleep(50);
      events.push('ended');
      await delivery.ack();
    },
    ['zincir.train'],
  );
  await intake.open();
  await publish(broker, 'zincir.train');
  await expect.poll(() => events).toEqual(['begun']);
  await intake.stop();
  expect(events).toEqual(['begun', 'ended']);
  await publish(broker, 'zincir.train');
  await sleep(20);
  expect(events).toEqual(['begun', 'ended']);
});

it('handles as many at a time as it has slots now, whether they grow or shrink, and nothing while it is quiet', async () => {
  const broker = createMemoryBroker();
  let running = 0;
  const finish: (() => void)[] = [];
  const intake = intakeOf(broker, 1, async (delivery) => {
    running += 1;
    await new Promise<void>((resolve) => finish.push(resolve));
    running -= 1;
    await delivery.ack();
  });
  // All in one queue, so that a consumer that kept its first prefetch would be seen.
  for (let task = 0; task < 12; task += 1) await publish(broker, 'zincir.train');
  await intake.open();
  await expect.poll(() => running).toBe(1);
  intake.resize(4);
  await expect.poll(() => running).toBe(4);
  intake.resize(2);
  await sleep(50);
  expect(running).toBe(4);
  for (const end of finish.splice(0, 3)) end();
  await expect.poll(() => running).toBe(2);
  intake.hush();
  for (const end of finish.splice(0)) end();
  await expect.poll(() => running).toBe(0);
  await sleep(50);
  expect(running).toBe(0);
  const others: unknown[] = [];
  const other = await broker.consume('zincir.train', 100, (delivery) => others.push(delivery));
  // What it was sent and did not take is there for others.
  await expect.poll(() => others.length).toBe(12 - 5);
  await other.stop();
  intake.resume();
  await publish(broker, 'zincir.train');
  await expect.poll(() => running).toBe(1);
  const stopped = intake.stop();
  for (const end of finish.splice(0)) end();
  await stopped;
});

it('gives up a queue and takes it up again while it runs, and what it had been sent ahead goes to another', async () => {
  const broker = createMemoryBroker();
  const handled: string[] = [];
  let end = () => {};
  const intake = intakeOf(
    broker,
    1,
    async (delivery) => {
      handled.push(delivery.message.name);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
      await delivery.ack();
    },
    ['zincir.train'],
  );
  await intake.open();
  for (let i = 0; i < 2; i += 1) await publish(broker, 'zincir.train');
  await expect.poll(() => handled.length, { timeout: 5_000 }).toBe(1);
  intake.giveUp('zincir.train');
  intake.takeUp('zincir.upload');
  expect(intake.queues).toEqual(['zincir.upload']);
  // What runs goes on; the other message of its queue is another's.
  let others = 0;
  const other = await broker.consume('zincir.train', 1, async (delivery) => {
    others += 1;
    await delivery.ack();
  });
  await expect.poll(() => others, { timeout: 5_000 }).toBe(1);
  await other.stop();
  await publish(broker, 'zincir.train');
  await publish(broker, 'zincir.upload');
  end();
  await expect.poll(() => handled, { timeout: 5_000 }).toEqual(['zincir.train', 'zincir.upload']);
  intake.takeUp('zincir.train');
  expect(intake.queues).toEqual(['zincir.upload', 'zincir.train']);
  end();
  await expect.poll(() => handled, { timeout: 5_000 }).toEqual(['zincir.train', 'zincir.upload', 'zincir.train']);
  end();
  await intake.stop();
});
