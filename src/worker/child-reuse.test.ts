import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bundle } from '../../test/support/worker/bundle.js';
import { isAlive } from '../../test/support/worker/is-alive.js';
import type { Script } from '../../test/support/worker/scripted-steps.js';
import { stepInput } from '../../test/support/worker/step-input.js';
import { createWorkerBench, type WorkerBench } from '../../test/support/worker/worker-bench.js';
import type { StepInput } from '../contract/tasks.js';
import { createSniffer } from '../main/sniffer.js';
import { createFileStorage } from '../storage/filesystem.js';
import { ChildPool, type ChildPoolOptions } from './child-pool.js';
import type { StepChild } from './child-process.js';

vi.setConfig({ testTimeout: 90_000 });

const silent = { info: () => {}, warn: () => {}, error: () => {} };
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-reuse-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A pool of one child, which runs steps that its caller gives it. */
async function poolOf(name: 'child-entry' | 'steps-entry', options: Partial<ChildPoolOptions> = {}) {
  const entry = await bundle(name, directory);
  const env = { TEST_STORAGE: directory, TEST_NOTES: directory };
  const pool = new ChildPool({ entry, env, spares: 1, log: silent, ...options });
  const run = async (input: StepInput): Promise<StepChild> => {
    const child = await pool.take(input.name);
    const completed = new Promise((resolve, reject) => {
      child.listen((message) => {
        if (message?.type === 'completed') resolve(message);
        if (message?.type === 'failed') reject(new Error(message.traceback ?? message.error.code));
      });
    });
    child.send({ type: 'run', input, scratch: directory });
    await completed;
    return child;
  };
  return { pool, run };
}

async function pidsOf(scripts: Script[], options: Partial<ChildPoolOptions> = {}): Promise<number[]> {
  const { pool, run } = await poolOf('child-entry', options);
  const pids: number[] = [];
  for (const script of scripts) {
    const child = await run(stepInput(script));
    pids.push(child.pid);
    await pool.giveBack(child);
  }
  await pool.close();
  return pids;
}

it('a child that completed its step runs the next one', async () => {
  const [first, second, third] = await pidsOf(['mark', 'mark', 'mark']);
  expect(second).toBe(first);
  expect(third).toBe(first);
});

it('a child runs as many steps as it may, and ends', async () => {
  const pids = await pidsOf(['mark', 'mark', 'mark', 'mark', 'mark'], { runs: 2 });
  expect(pids[1]).toBe(pids[0]);
  expect(pids[3]).toBe(pids[2]);
  expect(new Set(pids).size).toBe(3);
  await expect.poll(() => isAlive(pids[0] ?? 0)).toBe(false);
});

it('a child that holds much memory runs no other step', async () => {
  const [first, second, third] = await pidsOf(['mark', 'hold', 'mark']);
  expect(second).toBe(first);
  expect(third).not.toBe(second);
  expect(isAlive(second ?? 0)).toBe(false);
});

it.each(['leave-timer', 'leave-file'] as const)(
  'a child whose step did not clean up (%s) runs no other',
  async (script) => {
    const [first, second] = await pidsOf([script, 'mark']);
    expect(second).not.toBe(first);
  },
);

it('a large step has a child that ran none, and that runs no other', async () => {
  const { pool, run } = await poolOf('child-entry');
  const used = await run(stepInput('mark'));
  await pool.giveBack(used);
  const alone = await pool.take('train', { alone: true });
  expect(alone.pid).not.toBe(used.pid);
  expect((await pool.take('train')).pid).toBe(used.pid);
  await pool.close();
});

it('an order to stop that comes after a step stops nothing, least of all the next one', async () => {
  const { pool, run } = await poolOf('child-entry');
  const child = await run(stepInput('mark'));
  await child.ready;
  child.send({ type: 'stop', reason: 'cancel' });
  await pool.giveBack(child);
  expect((await run(stepInput('mark'))).pid).toBe(child.pid);
  await pool.close();
});

it('a child that dies while it is idle is replaced', async () => {
  const { pool, run } = await poolOf('child-entry');
  const child = await run(stepInput('mark'));
  await pool.giveBack(child);
  process.kill(child.pid, 'SIGKILL');
  await child.ended;
  await expect.poll(() => pool.readySpares, { timeout: 10_000 }).toBe(1);
  expect((await run(stepInput('mark'))).pid).not.toBe(child.pid);
  await pool.close();
});

it('the memory of a child stays flat over many steps', async () => {
  const replaced: string[] = [];
  const log = { ...silent, debug: (_: object, why: string) => replaced.push(why) };
  const { pool, run } = await poolOf('steps-entry', { runs: 1_000, keepBytes: 2 ** 40, log });
  const files = createFileStorage(directory);
  const rows = Array.from({ length: 2_000 }, (_, row) => `${row / 7},${row % 5},text ${row % 90},${row % 2}`);
  const written = await files.write(
    'datasets/flat',
    Readable.from([Buffer.from(`a,b,c,species\n${rows.join('\n')}\n`)]),
  );
  const { dialect, profile } = await createSniffer(files).sniff('datasets/flat', written.sizeBytes, {});
  const dataset = { id: 1, fileName: 'flat.csv', file: 'datasets/flat', ...written, dialect, profile };
  const base = stepInput('mark');
  const sizes: number[] = [];
  const pids = new Set<number>();
  for (let i = 1; i <= 300; i++) {
    await mkdir(join(directory, String(i)), { recursive: true });
    await writeFile(join(directory, String(i), 'own'), '');
    const child = await run({ ...base, stepId: i, workflowId: i, name: 'upload', dataset });
    pids.add(child.pid);
    sizes.push((await child.ready)?.rssBytes ?? 0);
    await pool.giveBack(child);
  }
  await pool.close();
  expect(pids.size, replaced.join(', ')).toBe(1);
  // Garbage comes and goes; what stays is what is left when it went.
  const smallest = (from: number, to: number) => Math.min(...sizes.slice(from, to));
  expect(smallest(180, 300)).toBeLessThan(smallest(40, 160) * 1.1 + 8 * 2 ** 20);
});

describe('a worker', () => {
  let bench: WorkerBench;
  beforeAll(async () => {
    bench = await createWorkerBench();
    await bench.worker({ stepTimeoutMs: 4_000 }).start();
  });
  afterAll(() => bench.close());

  const pidOf = async (script: Script): Promise<number> => {
    const id = await bench.start(script);
    await bench.until(id, ({ completedAt }) => completedAt !== null);
    return (await bench.attempts(id)).at(-1)?.pid ?? 0;
  };

  it('runs the steps of many workflows in the few children that it began with', async () => {
    const pids = new Set<number>();
    for (let i = 0; i < 8; i++) pids.add(await pidOf('mark'));
    expect(pids.size).toBeLessThanOrEqual(3);
  });

  it('removes what a step left in its scratch directory before the next one begins', async () => {
    const neighbours: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const workflow = await bench.until(await bench.start('neighbours'), ({ completedAt }) => completedAt !== null);
      neighbours.push(workflow.steps.at(-1)?.result?.neighbours);
    }
    expect(neighbours).toEqual([0, 0, 0]);
  });

  it.each(['input-fault', 'busy'] as const)('gives no other step to a child whose step failed (%s)', async (script) => {
    const pid = await pidOf(script);
    const next = await pidOf('mark');
    expect(next).not.toBe(pid);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
  });

  it('gives no other step to a child whose step was cancelled', async () => {
    const id = await bench.start('epochs');
    await bench.until(id, ({ epoch }) => epoch >= 2);
    await bench.store.cancelWorkflow(id, new Date());
    const pid = (await bench.attempts(id)).at(-1)?.pid ?? 0;
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
    expect(await pidOf('mark')).not.toBe(pid);
  });

  it('gives no other step to a child that goes on computing for an attempt that is no longer its own', async () => {
    const id = await bench.start('epochs');
    const running = await bench.until(id, ({ epoch }) => epoch >= 2);
    const pid = (await bench.attempts(id)).at(-1)?.pid ?? 0;
    const now = new Date();
    const fence = { stepId: running.steps.at(-1)?.id ?? 0, attempt: 1 };
    expect(await bench.store.failStep(fence, { code: 'INTERNAL', params: { detail: 'taken' } }, null, now)).toBe(true);
    await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
    expect(await pidOf('mark')).not.toBe(pid);
  });
});
