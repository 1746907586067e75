/** Dead letters on RabbitMQ, where other programs may have written them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Envelope, SyncMessage } from 'rabbitmq-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRabbitBroker } from '../../src/broker/rabbitmq/rabbit-broker.js';
import type { Broker } from '../../src/engine/ports.js';
import { cluster } from '../support/operations.js';
import { createVhost, type TestVhost } from '../support/rabbitmq.js';
import { startTcpProxy } from '../support/tcp-proxy.js';

const lack = cluster.missing === null ? '' : `: ${cluster.missing}`;
describe.skipIf(cluster.missing !== null)(`dead letters on RabbitMQ${lack}`, () => {
  let vhost: TestVhost;
  let broker: Broker;
  beforeAll(async () => {
    vhost = await createVhost();
    broker = createRabbitBroker(vhost.url);
    await broker.check();
  });
  afterAll(async () => {
    await broker?.close();
    await vhost?.drop();
  });

  const publish = (messages: { envelope: Envelope; body: Buffer }[]) =>
    vhost.asStranger(async (stranger) => {
      const publisher = stranger.createPublisher({ confirm: true });
      await Promise.all(messages.map(({ envelope, body }) => publisher.send(envelope, body)));
      await publisher.close();
    });
  /** Takes everything out of a queue: acked, or rejected. */
  const take = (queue: string, how: 'ack' | 'reject') =>
    vhost.asStranger(async (stranger) => {
      const channel = await stranger.acquire();
      const taken: SyncMessage[] = [];
      for (;;) {
        const message = await channel.basicGet({ queue });
        if (message === undefined) break;
        taken.push(message);
        if (how === 'ack') channel.basicAck({ deliveryTag: message.deliveryTag });
        else channel.basicNack({ deliveryTag: message.deliveryTag, requeue: false });
      }
      await channel.close();
      return taken;
    });
  const bodies = (messages: SyncMessage[]) => messages.map(({ body }) => String(body));
  const peeked = async () => (await broker.queues.peekDead(50)).map(({ body }) => body);
  const text = (body: string, queue = 'zincir.train'): { envelope: Envelope; body: Buffer } => ({
    envelope: { routingKey: queue, durable: true },
    body: Buffer.from(body),
  });
  const dead = (count: number) => expect.poll(() => vhost.depth('zincir.dead'), { timeout: 10_000 }).toBe(count);

  test('a message of any kind goes back with its bytes, its headers and its properties', async () => {
    const bytes = Buffer.from([0, 255, 1, 128, 200]);
    const headers = {
      id: 'strange',
      small: 7n,
      large: 5_000_000_000n,
      text: 'ü',
      deep: { list: [1n, 'two', null, true] },
    };
    const properties = {
      correlationId: 'abc',
      replyTo: 'elsewhere',
      contentType: 'x/y',
      contentEncoding: 'raw',
      priority: 3,
    };
    await publish([{ envelope: { routingKey: 'zincir.train', durable: true, headers, ...properties }, body: bytes }]);
    const [before] = await take('zincir.train', 'reject');
    await dead(1);
    expect(await broker.queues.peekDead(50)).toMatchObject([
      { taskId: 'strange', from: 'zincir.train', reason: 'rejected' },
    ]);
    expect(await broker.queues.moveDead()).toBe(1);
    const [after] = await take('zincir.train', 'ack');
    expect(after).toMatchObject({ ...properties, body: bytes, durable: true });
    const { 'x-delivery-count': _, ...kept } = before?.headers ?? {};
    expect(after?.headers).toMatchObject(kept);
    expect(await peeked()).toEqual([]);
  });

  test('what came from no queue, or from one that is gone, stays where it is, in its order', async () => {
    await vhost.asStranger(async (stranger) => {
      const toDead = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'zincir.dead' };
      await stranger.queueDeclare({ queue: 'passing', durable: true, arguments: toDead });
    });
    await publish([text('gone', 'passing')]);
    await take('passing', 'reject');
    await vhost.asStranger((stranger) => stranger.queueDelete({ queue: 'passing' }));
    await dead(1);
    await publish([text('a stray', 'zincir.dead'), text('first'), text('second')]);
    await take('zincir.train', 'reject');
    await dead(4);
    expect(await broker.queues.moveDead()).toBe(2);
    expect(bodies(await take('zincir.train', 'ack'))).toEqual(['first', 'second']);
    expect(await peeked()).toEqual(['gone', 'a stray']);
    expect(await broker.queues.moveDead()).toBe(0);
    expect(await broker.queues.purge('zincir.dead')).toBe(2);
  });

  test('more than are looked at stay in their order, whoever looks and however often, and all of them go back', async () => {
    const sent = Array.from({ length: 230 }, (_, i) => `letter ${i}`);
    await publish(sent.map((body) => text(body)));
    await take('zincir.train', 'reject');
    await dead(230);
    const other = createRabbitBroker(vhost.url);
    const looks = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? broker : other).queues.peekDead(10 + i));
    for (const [i, letters] of (await Promise.all(looks)).entries()) {
      expect(letters.map(({ body }) => body)).toEqual(sent.slice(0, 10 + i));
    }
    await other.close();
    expect(await broker.queues.moveDead()).toBe(230);
    expect(bodies(await take('zincir.train', 'ack'))).toEqual(sent);
  }, 90_000);

  test('a move whose connection breaks in the middle loses nothing', async () => {
    const sent = Array.from({ length: 200 }, (_, i) => `letter ${i}`);
    await publish(sent.map((body) => text(body)));
    await take('zincir.train', 'reject');
    await dead(200);
    const address = new URL(vhost.url);
    const proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port || 5672) });
    address.host = `127.0.0.1:${proxy.port}`;
    const cutOff = createRabbitBroker(address.href);
    const moving = cutOff.queues.moveDead().catch((thrown: unknown) => thrown);
    await expect.poll(() => vhost.depth('zincir.train'), { timeout: 10_000, interval: 5 }).toBeGreaterThan(0);
    proxy.cut();
    expect(await moving).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await cutOff.close();
    await proxy.close();
    await sleep(500);
    const [moved, left] = [bodies(await take('zincir.train', 'ack')), bodies(await take('zincir.dead', 'ack'))];
    expect(moved.length).toBeGreaterThan(0);
    expect(left.length).toBeGreaterThan(0);
    expect(new Set([...moved, ...left])).toEqual(new Set(sent));
    expect(moved.length + left.length).toBeLessThanOrEqual(sent.length + 50);
  }, 90_000);
});
