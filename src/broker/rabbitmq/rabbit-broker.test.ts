import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createVhost,
  findRabbit,
  rabbitMissing,
  rabbitmqctl,
  rabbitVersion,
  serverUrl,
  type TestVhost,
} from '../../../test/support/rabbitmq.js';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.js';
import { queueNames, type TaskMessage } from '../../contract/tasks.js';
import type { Broker, Delivery } from '../../engine/ports.js';
import { createRabbitBroker, type RabbitBrokerOptions } from './rabbit-broker.js';

let stepId = 0;
const message = (): TaskMessage => ({
  id: randomUUID(),
  name: 'zincir.train',
  args: [++stepId],
  kwargs: { workflowId: 7 },
  retries: 0,
});

/** A machine that does much else at the same time may take its time. */
const eventually = <Value>(read: () => Value) => expect.poll(read, { timeout: 20_000 });

test('a broker that is not there is an error that passes', async () => {
  const broker = createRabbitBroker('amqp://127.0.0.1:1');
  await expect(broker.publish(message())).rejects.toMatchObject({
    code: 'BROKER_UNAVAILABLE',
    retryable: true,
    params: { detail: expect.stringContaining('ECONNREFUSED') },
  });
  await expect(broker.consume('zincir.train', 1, () => {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  expect(await broker.check()).toEqual({ ok: false, detail: expect.stringContaining('vhost /: ') });
  await broker.close();
});

const found = await findRabbit();
const version = found ? await rabbitVersion() : null;
/** From 3.12 on the queue's own limit holds, and there is nothing to survive. */
const ownTimeout = version !== null && (version.major > 3 || version.minor >= 12);

describe.skipIf(!found)(`with a server${found ? '' : ` (${rabbitMissing})`}`, () => {
  let vhost: TestVhost;
  let proxy: TcpProxy;
  const brokers: Broker[] = [];
  const server = new URL(serverUrl);

  const open = (options: RabbitBrokerOptions = {}, url = vhost.url): Broker => {
    const broker = createRabbitBroker(url, options);
    brokers.push(broker);
    return broker;
  };
  const throughProxy = () => Object.assign(new URL(vhost.url), { port: String(proxy.port) }).href;
  const collect = async (broker: Broker, prefetch = 10, ack = false) => {
    const deliveries: Delivery[] = [];
    const consumer = await broker.consume('zincir.train', prefetch, (delivery) => {
      deliveries.push(delivery);
      if (ack) void delivery.ack();
    });
    return { deliveries, consumer, ids: () => deliveries.map((delivery) => delivery.message.id) };
  };

  beforeAll(async () => {
    vhost = await createVhost();
  });
  afterAll(() => vhost?.drop());
  beforeEach(async () => {
    proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port || 5672) });
  });
  afterEach(async () => {
    await Promise.all(brokers.splice(0).map((broker) => broker.close()));
    await proxy.close();
    await vhost.asStranger(async (stranger) => {
      for (const queue of [...queueNames, 'zincir.dead']) await stranger.queueDelete({ queue });
    });
  });

  test('says which server answers and where, and when it does no longer', async () => {
    const broker = open({}, throughProxy());
    expect(await broker.check()).toEqual({ ok: true, detail: `RabbitMQ ${version?.text}, vhost ${vhost.name}` });
    await proxy.close();
    await eventually(async () => (await broker.check()).ok).toBe(false);
    await proxy.open();
    await eventually(async () => (await broker.check()).ok).toBe(true);
  });

  test('a wrong password is said as such', async () => {
    const url = Object.assign(new URL(vhost.url), { password: 'wrong' }).href;
    await expect(open({}, url).publish(message())).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
      params: { detail: expect.stringContaining('ACCESS_REFUSED') },
    });
  });

  test('ten processes that start at once make the queues once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => open().publish(message())));
    const listed = await rabbitmqctl('list_queues', '-p', vhost.name, 'name', 'type', 'durable');
    expect(listed.trim().split('\n').slice(1).toSorted()).toEqual([
      'zincir.custom\tquorum\ttrue',
      'zincir.dead\tquorum\ttrue',
      'zincir.preprocess\tquorum\ttrue',
      'zincir.run_workflow\tclassic\ttrue',
      'zincir.train\tquorum\ttrue',
      'zincir.upload\tquorum\ttrue',
    ]);
    expect(await vhost.depth('zincir.train')).toBe(10);
  });

  test('a queue that somebody made with other arguments is used as it is', async () => {
    await vhost.asStranger(async (stranger) => {
      await stranger.queueDeclare({ queue: 'zincir.train', durable: true });
    });
    const broker = open();
    const sent = message();
    await broker.publish(sent);
    await eventually((await collect(broker)).ids).toEqual([sent.id]);
  });

  test('what was unacked when the connection broke comes again, and its late ack is no error', async () => {
    const broker = open({}, throughProxy());
    const taken = await collect(broker);
    const sent = message();
    await broker.publish(sent);
    await eventually(() => taken.deliveries.length).toBe(1);
    proxy.cut();
    await eventually(() => taken.deliveries.length).toBe(2);
    expect(taken.deliveries[1]).toMatchObject({ message: sent, redelivered: true });
    await taken.deliveries[0]?.ack();
    await taken.deliveries[0]?.requeue();
    await taken.deliveries[1]?.ack();
    await taken.consumer.stop();
    await broker.close();
    expect(await vhost.depth('zincir.train')).toBe(0);
  });

  test('publishing goes on after an outage, and whatever was confirmed arrives', async () => {
    const broker = open({}, throughProxy());
    const taken = await collect(broker, 100, true);
    const confirmed: string[] = [];
    const failures: unknown[] = [];
    let over = false;
    const publishAll = async () => {
      while (!over) {
        const sent = message();
        const tried = broker.publish(sent).then(() => confirmed.push(sent.id));
        await tried.catch((error) => failures.push(error));
      }
    };
    const publishing = Promise.all([publishAll(), publishAll(), publishAll()]);
    try {
      await eventually(() => confirmed.length).toBeGreaterThan(30);
      await proxy.close();
      await eventually(() => failures.length).toBeGreaterThan(0);
      await proxy.open();
      const before = confirmed.length;
      await eventually(() => confirmed.length).toBeGreaterThan(before + 30);
    } finally {
      over = true;
      await publishing;
    }
    for (const failure of failures) expect(failure).toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await eventually(() => confirmed.every((id) => taken.ids().includes(id))).toBe(true);
  });

  test('a consumer stopped during an outage stays stopped', async () => {
    const broker = open({}, throughProxy());
    const taken = await collect(broker);
    await proxy.close();
    await taken.consumer.stop();
    await proxy.open();
    const other = open();
    await other.publish(message());
    await sleep(1_500);
    expect(taken.deliveries).toHaveLength(0);
  });

  test.skipIf(ownTimeout)(
    'a message held longer than the server allows goes to another consumer, and both go on',
    async () => {
      const broker = open();
      const [one, two] = [await collect(broker, 1), await collect(broker, 1)];
      await broker.publish(message());
      await broker.publish(message());
      await eventually(() => one.deliveries.length + two.deliveries.length).toBe(2);
      await rabbitmqctl('eval', timeOutOneChannel(vhost.name));
      await eventually(() => one.deliveries.length + two.deliveries.length).toBe(3);
      const again = [...one.deliveries, ...two.deliveries].filter(({ redelivered }) => redelivered);
      expect(again).toHaveLength(1);
      for (const delivery of [...one.deliveries, ...two.deliveries]) await delivery.ack();
      await broker.publish(message());
      await eventually(() => one.deliveries.length + two.deliveries.length).toBe(4);
    },
  );

  test('a queue that is deleted is made again, by who publishes and by who consumes', async () => {
    const broker = open();
    const taken = await collect(broker, 10, true);
    await vhost.asStranger((stranger) => stranger.queueDelete({ queue: 'zincir.train' }));
    const lost = message();
    const outcome = await broker.publish(lost).then(
      () => null,
      (error: unknown) => error,
    );
    // The consumer may have made the queue again before the message came.
    if (outcome !== null) expect(outcome).toMatchObject({ params: { detail: 'there is no queue zincir.train' } });
    const sent = message();
    await broker.publish(sent);
    await eventually(taken.ids).toContain(sent.id);
  });

  test('what is no task of ours goes to the dead letters with a word in the log, and the next task runs', async () => {
    const warnings: object[] = [];
    const broker = open({ log: { info: () => {}, warn: (fields) => warnings.push(fields) } });
    const taken = await collect(broker, 1, true);
    await vhost.asStranger(async (stranger) => {
      const publisher = stranger.createPublisher({ confirm: true });
      await publisher.send({ routingKey: 'zincir.train', correlationId: 'strange' }, Buffer.from('{'));
      await publisher.send({ routingKey: 'zincir.train', headers: { task: 'add', id: 'x' } }, [[1], {}, {}]);
      await publisher.close();
    });
    const sent = message();
    await broker.publish(sent);
    await eventually(taken.ids).toEqual([sent.id]);
    expect(warnings).toMatchObject([
      { queue: 'zincir.train', id: 'strange', reason: expect.stringContaining('headers.task') },
      { queue: 'zincir.train', reason: expect.stringContaining('task.name') },
    ]);
    await vhost.asStranger(async (stranger) => {
      const dead = async () => (await stranger.basicGet({ queue: 'zincir.dead' }))?.headers?.['x-death'];
      await eventually(dead).toMatchObject([{ reason: 'rejected', queue: 'zincir.train' }]);
    });
  });

  test('a message that always comes back is put aside in the end', async () => {
    const broker = open();
    let times = 0;
    await broker.consume('zincir.train', 1, (delivery) => {
      times++;
      void delivery.requeue();
    });
    await broker.publish(message());
    await eventually(() => vhost.depth('zincir.dead')).toBe(1);
    expect(times).toBe(101);
  });

  const mayRestart = process.env.ZINCIR_TEST_BROKER_RESTART === 'true';
  const why = mayRestart ? '' : ' (stops the server for everybody: set ZINCIR_TEST_BROKER_RESTART=true)';
  test.skipIf(!mayRestart)(`a restart of the server loses nothing that was confirmed${why}`, async () => {
    const broker = open();
    const taken = await collect(broker, 5);
    const sent = Array.from({ length: 200 }, message);
    // As the outbox does: again and again, until the broker has it.
    const publishing = sent.map(async (one) => {
      while (
        !(await broker
          .publish(one)
          .then(() => true)
          .catch(() => false))
      )
        await sleep(100);
    });
    await rabbitmqctl('stop_app');
    await rabbitmqctl('start_app');
    await Promise.all(publishing);
    const acking = setInterval(() => {
      for (const delivery of taken.deliveries) void delivery.ack();
    }, 10);
    await eventually(() => new Set(taken.ids()).size).toBe(200);
    clearInterval(acking);
    await sleep(100);
    expect(taken.ids().length).toBeLessThan(220);
    expect((await broker.check()).ok).toBe(true);
  });

  test('after close nothing is left open on the server, and what was unacked is back in its queue', async () => {
    const broker = open();
    const taken = await collect(broker);
    await broker.publish(message());
    await eventually(() => taken.deliveries.length).toBe(1);
    await Promise.all([broker.close(), broker.close()]);
    await eventually(() => rabbitmqctl('list_connections', 'vhost')).not.toContain(vhost.name);
    expect(await vhost.depth('zincir.train')).toBe(1);
    await expect(broker.publish(message())).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    await expect(broker.consume('zincir.train', 1, () => {})).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
    expect(await broker.check()).toMatchObject({ ok: false });
  });
});

/** Erlang: the server's limit on holding a message passes at once, for one channel that consumes in this vhost. */
function timeOutOneChannel(vhost: string): string {
  return `
    Consuming = fun(P) ->
      I = rabbit_channel:info(P, [vhost, consumer_count]),
      proplists:get_value(vhost, I) =:= <<"${vhost}">> andalso proplists:get_value(consumer_count, I) > 0 end,
    [Pid | _] = lists:filter(Consuming, rabbit_channel:list()),
    {ok, Limit} = application:get_env(rabbit, consumer_timeout),
    Shorten = fun
      F(Tuple, Depth) when is_tuple(Tuple), Depth > 0 -> list_to_tuple([F(E, Depth - 1) || E <- tuple_to_list(Tuple)]);
      F(Value, _) when Value =:= Limit -> 1;
      F(Value, _) -> Value end,
    sys:replace_state(Pid, fun(State) -> Shorten(State, 3) end),
    Pid ! tick, ok.`;
}
