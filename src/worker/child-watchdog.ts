/**
 * Ends an orphan. A step that computes for minutes without a pause would not notice that its host is gone;
 * a thread of its own does, within half a second.
 */
import { Worker } from 'node:worker_threads';

const pollMs = 500;

/** Text, not a file: the child is one bundled script. An orphan gets another parent (on Windows, a dead one). */
const program = `
const { workerData } = require('node:worker_threads');
const orphaned = () => {
  if (process.ppid !== workerData.parent) return true;
  try { process.kill(workerData.parent, 0); return false; } catch (error) { return error.code === 'ESRCH'; }
};
setInterval(() => { if (orphaned()) process.kill(process.pid, 'SIGKILL'); }, workerData.pollMs);
`;

/** Watches this process's parent; a parent that died before the call is noticed by the closed channel. */
export function startWatchdog(): void {
  const thread = new Worker(program, {
    eval: true,
    workerData: { parent: process.ppid, pollMs },
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
  });
  thread.unref();
}
