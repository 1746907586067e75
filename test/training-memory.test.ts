/** A table far beyond ZINCIR_MEMORY, trained by the child process that a worker starts. */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { childEntry } from '../src/main/package.js';
import { type Spoken, startChild } from '../src/worker/child-process.js';
import { type Chain, startChain } from './support/chain.js';

const rows = 250_000;
const columns = 30;
const matrixMegabytes = (rows * columns * 8) / 1024 ** 2;
const budgetMegabytes = 6;
/** What training may take beside its budget: Node, the kernels, and the threads that help. */
const besideMegabytes = 150;

let chain: Chain;
beforeAll(async () => {
  const names = Array.from({ length: columns }, (_, i) => `n${i}`).join(',');
  const lines = Array.from({ length: rows }, (_, row) => {
    const values = Array.from({ length: columns }, (_, i) => ((row * (i + 7) * 2_654_435_761) % 1009) - 504);
    return `${values.join(',')},${(values[0] ?? 0) + (values[1] ?? 0) > 0 ? 'yes' : 'no'}`;
  });
  chain = await startChain(`${names},y\n${lines.join('\n')}\n`, { model: 'SVM', target: 'y', params: { epochs: 4 } });
  await chain.run('upload');
  await chain.run('preprocess');
}, 120_000);
afterAll(async () => {
  await chain?.remove();
});

/** Trains in a child, and says what it took at most. */
async function trained(memory: string): Promise<{ said: Spoken[]; peakMegabytes: number }> {
  const storage = (await chain.path('processed.pkl')).split('/workflows/')[0] ?? '';
  const child = startChild({
    entry: childEntry,
    env: { ZINCIR_STORAGE_URL: pathToFileURL(storage).href, ZINCIR_MEMORY: memory, ZINCIR_THREADS: '2' },
  });
  const said: Spoken[] = [];
  let peakMegabytes = 0;
  const finished = new Promise<void>((resolve) => {
    child.listen((message) => {
      if (message === null) return;
      said.push(message);
      if (message.type !== 'completed' && message.type !== 'failed') return;
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peakMegabytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
      resolve();
    });
  });
  await child.ready;
  child.send({ type: 'run', input: chain.input('train'), scratch: await chain.files.scratch('train') });
  await Promise.race([finished, child.ended]);
  child.send({ type: 'end' });
  expect((await child.ended).output).toBe('');
  return { said, peakMegabytes };
}

const result = (said: readonly Spoken[]) => said.find((message) => message.type === 'completed');

test.skipIf(process.platform !== 'linux')(
  'a table of ten times the budget is trained within it and 150 MB, to the same model as in memory (reads /proc)',
  async () => {
    expect(matrixMegabytes).toBeGreaterThan(9 * budgetMegabytes);
    const within = await trained(`${budgetMegabytes}MB`);
    expect(within.peakMegabytes).toBeGreaterThan(30);
    expect(within.peakMegabytes).toBeLessThan(budgetMegabytes + besideMegabytes);
    const free = await trained('4GB');
    // In memory the table lies there once; beyond it, blocks of it.
    expect(free.peakMegabytes).toBeGreaterThan(within.peakMegabytes + matrixMegabytes / 2);
    expect(result(within.said)).toBeDefined();
    expect(result(within.said)).toEqual({
      ...result(free.said),
      output: expect.objectContaining({ result: result(free.said)?.output.result }),
    });
  },
  120_000,
);
