/** The rounds that keep chains going: relay, leases, reconciler, recovery, cleaner; and what becomes of a fault. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { claimNext, fenceOf, leaseMs, outputOf, runToEnd } from '../../test/conformance/chain.js';
import { namesOf } from '../../test/conformance/files.js';
import { createEngineBench, type EngineBench, inPieces } from '../../test/support/engine.js';
import { AppError } from '../contract/errors.js';
import { settleFailure } from './attempts.js';
import { removeOrphans } from './cleaner.js';
import type { Engine } from './engine.js';
import type { Broker, ClaimedStep, Delivery } from './ports.js';
import { relayOutbox } from './relay.js';
import { repeat } from './repeat.js';

let bench: EngineBench;
let engines: Engine[];
let now = 0;
const clock = { now: () => new Date(Date.parse('2026-03-01T12:00:00.000Z') + now) };
beforeEach(async () => {
  bench = await createEngineBench();
  engines = [];
  now = 0;
});
afterEach(async () => {
  for (const engine of engines) await engine.stop();
  await bench.close();
});

const started = async (options: Parameters<EngineBench['another']>[0] = {}) => {
  const engine = bench.another({ clock, ...options });
  engines.push(engine);
  await engine.start();
  return engine;
};
const step = async (id: number, position = 0) => (await bench.store.findWorkflow(id))?.steps[position];
const status = async (id: number) => (await bench.store.findWorkflow(id))?.status;
const attemptOf = ({ input, failures }: ClaimedStep) => ({
  ...fenceOf({ input, failures, taskId: '', leaseUntil: clock.now() }),
  name: input.name,
  failures,
});
const settling = () => ({ store: bench.store, clock, random: () => 1 });

/** Runs every step whose message comes, as a worker without children would. */
async function work(broker: Broker): Promise<string[]> {
  const seen: string[] = [];
  const handle = async ({ message, ack }: Delivery) => {
    const claimed = await bench.store.claimStep(message.args[0], 'worker-1', leaseMs, clock.now());
    seen.push(`${message.name} ${claimed ? 'run' : 'nothing to do'}`);
    if (claimed) await bench.store.completeStep(fenceOf(claimed), outputOf(claimed), clock.now());
    await ack();
  };
  for (const queue of ['zincir.upload', 'zincir.preprocess', 'zincir.train'] as const) {
    await broker.consume(queue, 1, (delivery) => void handle(delivery));
  }
  return seen;
}

test('a chain runs from creation to its end by messages alone', async () => {
  await started({ limits: { relayPollMs: 60_000 } });
  await work(bench.broker);
  const id = await bench.create();
  await expect.poll(() => status(id), { timeout: 5_000 }).toBe('COMPLETED');
  expect(await bench.store.dueOutbox(10, clock.now())).toEqual([]);
});

test('a hop from one step to the next takes a few milliseconds', async () => {
  await started({ limits: { relayPollMs: 60_000 } });
  await work(bench.broker);
  await expect.poll(async () => status(await bench.create())).toBeDefined();
  const begun = performance.now();
  const ids = await Promise.all(Array.from({ length: 10 }, () => bench.create()));
  for (const id of ids) await expect.poll(() => status(id), { interval: 5, timeout: 10_000 }).toBe('COMPLETED');
  expect((performance.now() - begun) / ids.length).toBeLessThan(500);
});

describe('relay', () => {
  test('a crash after publishing and before marking sends a second message, which runs nothing twice', async () => {
    const seen = await work(bench.broker);
    const id = await bench.create();
    const crashing = { ...bench.store, markPublished: () => Promise.reject(new Error('killed')) };
    await expect(relayOutbox({ store: crashing, broker: bench.broker, clock })).rejects.toThrow('killed');
    await expect.poll(() => seen.length).toBe(1);
    now += 10_000;
    await relayOutbox({ store: bench.store, broker: bench.broker, clock });
    await expect.poll(() => seen.filter((line) => line.startsWith('zincir.upload'))).toHaveLength(2);
    expect(seen.toSorted()).toEqual(
      ['zincir.upload run', 'zincir.upload nothing to do', 'zincir.preprocess run'].toSorted(),
    );
    expect((await step(id))?.attempt).toBe(1);
  });

  test('what the broker refuses stays in the outbox, what it takes does not', async () => {
    await bench.create();
    const refused = await bench.create();
    const broker: Broker = {
      ...bench.broker,
      publish: async (message) => {
        if (message.kwargs.workflowId === refused) throw new AppError('BROKER_UNAVAILABLE', { detail: 'away' });
      },
    };
    await expect(relayOutbox({ store: bench.store, broker, clock })).rejects.toMatchObject({
      code: 'BROKER_UNAVAILABLE',
    });
    const left = await bench.store.dueOutbox(10, clock.now());
    expect(left.map(({ message }) => message.kwargs.workflowId)).toEqual([refused]);
  });

  test('a broker that comes back gets what waited', async () => {
    let away = true;
    const broker: Broker = {
      ...bench.broker,
      publish: (message) => {
        if (away) throw new AppError('BROKER_UNAVAILABLE', { detail: 'away' });
        return bench.broker.publish(message);
      },
    };
    const warnings: string[] = [];
    await started({ broker, limits: { relayPollMs: 20 }, log: { warn: (_, text) => warnings.push(text) } });
    await work(bench.broker);
    const id = await bench.create();
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    away = false;
    await expect.poll(() => status(id)).toBe('COMPLETED');
  });
});

describe('faults', () => {
  test('the third fault in a row sets the step aside, after pauses that grow', async () => {
    const id = await bench.create();
    const fault = new AppError('STORAGE_UNAVAILABLE', { detail: 'away' });
    for (const pauseMs of [1_000, 4_000]) {
      const claimed = await claimNext(bench.store, id, clock.now());
      expect(await settleFailure(settling(), attemptOf(claimed), fault, 'trace')).toBe('retry');
      expect((await step(id))?.retryAt).toEqual(new Date(clock.now().getTime() + pauseMs));
      now += pauseMs;
    }
    const last = await claimNext(bench.store, id, clock.now());
    expect(await settleFailure(settling(), attemptOf(last), fault, 'trace')).toBe('failed');
    const error = {
      code: 'STEP_GAVE_UP',
      params: { step: 'upload', attempts: 3, lastCode: 'STORAGE_UNAVAILABLE' },
    };
    expect(await bench.store.findWorkflow(id)).toMatchObject({ status: 'FAILED', error });
  });

  test('a fault of the input fails at once, and a fenced attempt changes nothing', async () => {
    const id = await bench.create();
    const claimed = await claimNext(bench.store, id, clock.now());
    const fault = new AppError('TARGET_CONSTANT', { target: 'b', value: 'x' });
    expect(await settleFailure(settling(), attemptOf(claimed), fault, null)).toBe('failed');
    expect(await settleFailure(settling(), attemptOf(claimed), fault, null)).toBe('fenced');
    expect((await bench.store.findWorkflow(id))?.error).toEqual({ code: fault.code, params: fault.params });
  });

  test('a worker that stops hands its step back without a fault', async () => {
    const id = await bench.create();
    const stopped = new AppError('WORKER_STOPPED', { worker: 'worker-1', step: 'upload' });
    for (let i = 0; i < 5; i++) {
      const claimed = await claimNext(bench.store, id, clock.now());
      expect(await settleFailure(settling(), attemptOf(claimed), stopped, null)).toBe('retry');
    }
    expect(await claimNext(bench.store, id, clock.now())).toMatchObject({ failures: 0, input: { attempt: 6 } });
  });
});

describe('lost workers', () => {
  test('a step whose lease has passed is queued again, and a worker that was only slow is fenced off', async () => {
    await started({ limits: { leaseWatchMs: 10 } });
    const id = await bench.create();
    const slow = await claimNext(bench.store, id, clock.now());
    now = leaseMs - 1;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await step(id))?.status).toBe('RUNNING');
    now = leaseMs + 1;
    await expect.poll(async () => (await step(id))?.status).toBe('QUEUED');
    expect((await step(id))?.error).toEqual({ code: 'WORKER_LOST', params: { worker: 'worker-1', step: 'upload' } });
    expect(await bench.store.completeStep(fenceOf(slow), outputOf(slow), clock.now())).toBe(false);
    const lines = await bench.engine.workflows.logs(id, 0, 100, 'en');
    expect(lines.at(-1)?.message).toBe('worker-1 was lost while it ran step upload; the step runs again.');
  });

  test('the embedded program goes on at its start with what ran, and with messages that died with it', async () => {
    const [running, queued] = [await bench.create(), await bench.create()];
    const claimed = await claimNext(bench.store, running, clock.now());
    const rows = await bench.store.dueOutbox(10, clock.now());
    await bench.store.markPublished(rows.map(({ id }) => id));
    await work(bench.broker);
    await started({ recoverAll: true });
    await expect.poll(() => status(running)).toBe('COMPLETED');
    await expect.poll(() => status(queued)).toBe('COMPLETED');
    expect((await step(running))?.attempt).toBe(2);
    expect(await bench.store.completeStep(fenceOf(claimed), outputOf(claimed), clock.now())).toBe(false);
  });

  test('another process that starts on a shared database leaves running steps alone', async () => {
    const id = await bench.create();
    await claimNext(bench.store, id, clock.now());
    await started();
    expect((await step(id))?.status).toBe('RUNNING');
  });

  test('a step that kills the program three times in a row is set aside', async () => {
    const id = await bench.create();
    for (let i = 0; i < 3; i++) {
      await claimNext(bench.store, id, clock.now());
      const engine = bench.another({ clock, recoverAll: true });
      await engine.start();
      await engine.stop();
    }
    expect(await bench.store.findWorkflow(id)).toMatchObject({ status: 'FAILED', error: { code: 'STEP_GAVE_UP' } });
  });
});

test('a message that the broker lost is sent again', async () => {
  await bench.create();
  const rows = await bench.store.dueOutbox(10, clock.now());
  await bench.store.markPublished(rows.map(({ id }) => id));
  await work(bench.broker);
  await started({ limits: { reconcileMs: 10, staleMessageMs: 1_000 } });
  now = 2_000;
  await expect.poll(() => status(1)).toBe('COMPLETED');
});

test('files that no row names go when they are old, and only those', async () => {
  const id = await bench.create();
  await runToEnd(bench.store, id, clock.now());
  const named = (await bench.store.listFiles(id)).map(({ file }) => file);
  const orphans = [`workflows/${id}/train-9/model.joblib`, `datasets/${'0'.repeat(64)}`];
  for (const name of [...named, ...orphans]) await bench.files.write(name, inPieces('x'));
  const ports = { store: bench.store, files: bench.files, clock: { now: () => new Date() } };
  expect(await removeOrphans(ports, 3_600_000)).toBe(0);
  const later = { ...ports, clock: { now: () => new Date(Date.now() + 3_700_000) } };
  expect(await removeOrphans(later, 3_600_000)).toBe(2);
  const left = [...(await namesOf(bench.files, 'workflows/')), ...(await namesOf(bench.files, 'datasets/'))];
  expect(left).toHaveLength(named.length + 1);
  expect(left).toEqual(expect.arrayContaining(named));
});

test('each part says whether it is ready', async () => {
  expect((await bench.engine.readiness()).map(({ name, ok }) => `${name} ${ok}`)).toEqual([
    'database true',
    'broker true',
    'storage true',
    'worker false',
  ]);
});

test('repeated work never overlaps, misses no wake, and ends when it is told', async () => {
  let [running, most, runs] = [0, 0, 0];
  const repeated = repeat(
    5,
    async () => {
      most = Math.max(most, ++running);
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
    },
    () => {},
  );
  for (let i = 0; i < 20; i++) repeated.wake();
  await expect.poll(() => runs).toBeGreaterThan(3);
  await repeated.stop();
  const ended = runs;
  repeated.wake();
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect([most, running, runs]).toEqual([1, 0, ended]);
});
