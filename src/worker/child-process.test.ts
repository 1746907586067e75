import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bundle } from '../../test/support/worker/bundle.js';
import { isAlive } from '../../test/support/worker/is-alive.js';
import { stepInput } from '../../test/support/worker/step-input.js';
import { ChildPool } from './child-pool.js';
import { type Spoken, type StepChild, startChild } from './child-process.js';

vi.setConfig({ testTimeout: 90_000 });

let directory: string;
let entry: string;
const silent = { info: () => {}, warn: () => {}, error: () => {} };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zincir-child-'));
  entry = await bundle('child-entry', directory);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const env = () => ({ TEST_STORAGE: directory, TEST_NOTES: directory });

function messagesOf(child: StepChild): Spoken[] {
  const messages: Spoken[] = [];
  child.listen((message) => {
    if (message !== null) messages.push(message);
  });
  return messages;
}

it('a child whose step fails says all it has to say, and ends', async () => {
  const child = startChild({ entry, env: env() });
  const messages = messagesOf(child);
  expect(await child.ready).toEqual({ type: 'ready', rssBytes: expect.any(Number), unfinished: [] });
  expect(getPriority(child.pid)).toBe(10);
  child.send({ type: 'run', input: stepInput('throw'), scratch: directory });
  expect(await child.ended).toMatchObject({ code: 0, signal: null, killedByHost: false });
  expect(messages).toEqual([
    { type: 'failed', error: { code: 'INTERNAL', params: { detail: 'a bug' } }, traceback: expect.any(String) },
  ]);
});

it('a child ignores the Ctrl-C of its terminal and a service manager that signals the group', async () => {
  const child = startChild({ entry, env: env() });
  const messages = messagesOf(child);
  await child.ready;
  process.kill(child.pid, 'SIGINT');
  process.kill(child.pid, 'SIGTERM');
  await sleep(100);
  child.send({ type: 'run', input: stepInput('mark'), scratch: directory });
  expect(await child.ready).toMatchObject({ unfinished: [] });
  expect(messages.at(-1)?.type).toBe('completed');
  child.send({ type: 'end' });
  expect(await child.ended).toMatchObject({ code: 0, killedByHost: false });
});

it('a step that is told to drain ends with the reason', async () => {
  const child = startChild({ entry, env: env() });
  const messages = messagesOf(child);
  await child.ready;
  child.send({ type: 'run', input: stepInput('epochs'), scratch: directory });
  child.send({ type: 'stop', reason: 'drain' });
  await child.ended;
  expect(messages.slice(-2)).toMatchObject([
    { type: 'checkpoint', epoch: 1 },
    { type: 'failed', error: { code: 'WORKER_STOPPED' } },
  ]);
});

it.each(['busy', 'idle'])('a child that is %s dies when its host is killed', async (kind) => {
  const host = spawn(process.execPath, [await bundle('host-entry', directory), entry, directory, kind]);
  const pid = await new Promise<number>((resolve) => host.stdout.once('data', (text) => resolve(Number(text))));
  await sleep(300);
  expect(isAlive(pid)).toBe(true);
  host.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
});

it('a warm child is there in the same turn of the event loop', async () => {
  const pool = new ChildPool({ entry, env: env(), spares: 1, log: silent });
  pool.warm();
  await expect.poll(() => pool.readySpares, { timeout: 10_000 }).toBe(1);
  const soon = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')));
  const child = await Promise.race([pool.take('train'), soon]);
  expect(child).toMatchObject({ pid: expect.any(Number) });
  await expect.poll(() => pool.readySpares, { timeout: 10_000 }).toBe(1);
  await pool.close();
  expect(child !== 'later' && isAlive(child.pid)).toBe(false);
});

it('a spare that dies is replaced after a pause', async () => {
  const ended: object[] = [];
  const log = { ...silent, warn: (fields: object) => ended.push(fields) };
  const pool = new ChildPool({ entry: await bundle('leaving-entry', directory), env: env(), spares: 1, log });
  pool.warm();
  // It lives for a moment and leaves, over and over: 0.5 s, 1 s and 2 s of pause make three deaths in 3 s at most.
  await sleep(3_000);
  expect(ended.length).toBeLessThanOrEqual(3);
  await expect.poll(() => ended.length).toBeGreaterThanOrEqual(2);
  await pool.close();
});

it('a child that cannot start is a crash with its last lines, and is not started over and over', async () => {
  const warnings: string[] = [];
  const log = { ...silent, warn: (_fields: object, message: string) => warnings.push(message) };
  const pool = new ChildPool({ entry: join(directory, 'missing.mjs'), env: {}, spares: 1, log });
  pool.warm();
  await expect(pool.take('train')).rejects.toMatchObject({
    code: 'STEP_CRASHED',
    params: { step: 'train', how: 'exit code 1' },
    cause: expect.stringContaining('missing.mjs'),
  });
  await sleep(1_500);
  expect(warnings.length).toBeLessThanOrEqual(3);
  await pool.close();
});

it('a process whose worker has stopped ends by itself', async () => {
  const script = fileURLToPath(new URL('../../test/support/worker/run-and-leave.ts', import.meta.url));
  const host = spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  host.stdout.on('data', (text) => {
    output += text;
  });
  const code = await new Promise((resolve) => host.once('close', resolve));
  expect({ code, output }).toEqual({ code: 0, output: 'COMPLETED\n' });
});
