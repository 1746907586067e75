/** A worker process whose steps do nothing (`bench/children/chain-worker.ts`). */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './program.js';

/** Resolves when it consumes. It says `{ completed: workflowId }` of each chain, and ends at the message `stop`. */
export async function startChainWorker(databaseUrl: string, brokerUrl: string, slots: number): Promise<ChildProcess> {
  // Beside the packages, which stay outside the bundle.
  const outfile = path.join(root, 'dist', 'bench', 'chain-worker.mjs');
  await build({
    entryPoints: [path.join(root, 'bench/children/chain-worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
  const worker = fork(outfile, {
    env: { ...process.env, BENCH_DATABASE_URL: databaseUrl, BENCH_BROKER_URL: brokerUrl, BENCH_SLOTS: String(slots) },
  });
  process.once('exit', () => worker.kill('SIGKILL'));
  await once(worker, 'message');
  return worker;
}
