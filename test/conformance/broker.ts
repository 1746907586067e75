/** What every adapter of the `Broker` port keeps. It may lose and double messages; it may not invent or spoil them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskMessage } from '../../src/contract/tasks.js';
import type { Broker, Delivery } from '../../src/engine/ports.js';

let stepId = 0;
const message = (name: TaskMessage['name'] = 'zincir.train'): TaskMessage => ({
  id: randomUUID(),
  name,
  args: [++stepId],
  kwargs: { workflowId: 7 },
  retries: 0,
});

/** A machine that does much else at the same time may take its time. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 20_000 });
const steps = (deliveries: Delivery[]) => deliveries.map(({ message: { args } }) => args[0]);
const settled = () => new Promise((resolve) => setTimeout(resolve, 100));

/** What not every broker can do. */
export interface BrokerKind {
  /** Why a message of higher priority may come later; null: it comes first. */
  withoutPriority: string | null;
}

export function describeBroker(
  name: string,
  open: () => Promise<{ broker: Broker; drop(): Promise<void> }>,
  { withoutPriority }: BrokerKind = { withoutPriority: null },
): void {
  describe(`broker: ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>;
    let broker: Broker;
    beforeAll(async () => {
      opened = await open();
      broker = opened.broker;
    });
    afterAll(() => opened?.drop());

    /** Takes what lies in a queue, so that the tests do not see each other's messages. */
    const take = async (queue: TaskMessage['name'] = 'zincir.train', prefetch = 100) => {
      const deliveries: Delivery[] = [];
      const consumer = await broker.consume(queue, prefetch, (delivery) => deliveries.push(delivery));
      return { deliveries, consumer };
    };
    const finish = async ({ deliveries, consumer }: Awaited<ReturnType<typeof take>>) => {
      await consumer.stop();
      await Promise.all(deliveries.map((delivery) => delivery.ack()));
    };

    test('a message comes out as it went in, whether it was published before or after the consumer came', async () => {
      const before = message();
      await broker.publish(before);
      const taken = await take();
      const later = message();
      await broker.publish(later);
      await eventually(() => taken.deliveries.length).toBe(2);
      expect(taken.deliveries.map((delivery) => delivery.message)).toEqual([before, later]);
      expect(taken.deliveries.map(({ redelivered }) => redelivered)).toEqual([false, false]);
      await finish(taken);
    });

    test('each queue has its own messages', async () => {
      const upload = message('zincir.upload');
      await broker.publish(upload);
      await broker.publish(message('zincir.train'));
      const [uploads, trains] = [await take('zincir.upload'), await take('zincir.train')];
      await eventually(() => uploads.deliveries.length).toBe(1);
      expect(uploads.deliveries[0]?.message).toEqual(upload);
      await eventually(() => trains.deliveries.length).toBe(1);
      await finish(uploads);
      await finish(trains);
    });

    test('no more than prefetch messages are out at a time, and an ack lets the next one come', async () => {
      const sent = [message(), message(), message(), message(), message()];
      const taken = await take('zincir.train', 2);
      await Promise.all(sent.map((one) => broker.publish(one)));
      await settled();
      expect(steps(taken.deliveries)).toEqual(sent.slice(0, 2).map(({ args }) => args[0]));
      await taken.deliveries[0]?.ack();
      await taken.deliveries[0]?.ack();
      await settled();
      expect(taken.deliveries).toHaveLength(3);
      await Promise.all(taken.deliveries.map((delivery) => delivery.ack()));
      await eventually(() => taken.deliveries.length).toBe(5);
      await finish(taken);
    });

    test('what is handed back comes again, marked as such, before what waits', async () => {
      const [first, second] = [message(), message()];
      const taken = await take('zincir.train', 1);
      await broker.publish(first);
      await broker.publish(second);
      await eventually(() => taken.deliveries.length).toBe(1);
      await taken.deliveries[0]?.requeue();
      await eventually(() => taken.deliveries.length).toBe(2);
      expect(taken.deliveries[1]).toMatchObject({ redelivered: true, message: first });
      await taken.deliveries[1]?.ack();
      await eventually(() => taken.deliveries.length).toBe(3);
      await finish(taken);
    });

    test('consumers of a queue share its messages, each message goes to one', async () => {
      const [one, two] = [await take('zincir.train', 1), await take('zincir.train', 1)];
      await broker.publish(message());
      await broker.publish(message());
      await eventually(() => one.deliveries.length + two.deliveries.length).toBe(2);
      expect([one.deliveries.length, two.deliveries.length]).toEqual([1, 1]);
      await finish(one);
      await finish(two);
    });

    test('a consumer that stopped gets nothing new, and what it holds can still be acked', async () => {
      const stopped = await take('zincir.train', 5);
      await broker.publish(message());
      await eventually(() => stopped.deliveries.length).toBe(1);
      await stopped.consumer.stop();
      await broker.publish(message());
      await settled();
      expect(stopped.deliveries).toHaveLength(1);
      await stopped.deliveries[0]?.ack();
      const next = await take();
      await eventually(() => next.deliveries.length).toBe(1);
      await finish(next);
    });

    const why = withoutPriority === null ? '' : ` (${withoutPriority})`;
    test.skipIf(withoutPriority !== null)(`a message of higher priority comes first${why}`, async () => {
      const [low, high] = [message(), message()];
      await broker.publish(low, { priority: 0 });
      await broker.publish(high, { priority: 5 });
      const taken = await take();
      await eventually(() => taken.deliveries.length).toBe(2);
      expect(steps(taken.deliveries)).toEqual([high.args[0], low.args[0]]);
      await finish(taken);
    });

    test('a thousand messages all arrive', async () => {
      const sent = Array.from({ length: 1000 }, () => message());
      await Promise.all(sent.map((one) => broker.publish(one)));
      const seen = new Set<string>();
      const consumer = await broker.consume('zincir.train', 10, (delivery) => {
        seen.add(delivery.message.id);
        void delivery.ack();
      });
      await eventually(() => seen.size).toBe(1000);
      await consumer.stop();
    });

    test('says that it answers', async () => {
      expect((await broker.check()).ok).toBe(true);
    });
  });
}
