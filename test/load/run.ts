/**
 * `npm run load` for all of it, or
 * `npm run load -- archive|tasks|watchers|queue|leaks [--workflows N] [--tasks N] [--watchers N] [--steps N] [--no-op]`.
 * `leaks` is a queue of so many workflows that each of two workers runs `--steps` steps.
 *
 * Needs PostgreSQL, and `queue` and `leaks` RabbitMQ with rabbitmqctl. Fails where a goal is missed: lists under 50 ms
 * (p99), operators' pages over a million tasks under 100 ms, every watcher sees every epoch once, every step runs once,
 * memory of a process in the last quarter of the work within a tenth of that in the second.
 */
import { parseArgs } from 'node:util';
import { measureArchive } from './archive.js';
import { measureQueue } from './queue.js';
import { measureTasks } from './tasks.js';
import { measureWatchers } from './watchers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workflows: { type: 'string' },
    tasks: { type: 'string', default: '1000000' },
    watchers: { type: 'string', default: '500' },
    steps: { type: 'string', default: '5000' },
    'no-op': { type: 'boolean', default: false },
  },
});
/** Of a chain. */
const stepsAChain = 3;
const chosen = positionals.length > 0 ? positionals : ['archive', 'tasks', 'watchers', 'queue', 'leaks'];
const count = (fallback: number) => Number(values.workflows ?? fallback);
const mb = (value: number) => `${value.toFixed(0)} MB`;
const ms = (value: number) => `${value.toFixed(1)} ms`;
let missed = 0;
const goal = (met: boolean, text: string) => {
  if (!met) missed++;
  console.log(`${met ? 'ok    ' : 'MISSED'} ${text}`);
};

if (chosen.includes('archive')) {
  const workflows = count(100_000);
  console.log(`lists of ${workflows} workflows`);
  for (const { route, medianMs, p99Ms } of await measureArchive(workflows, 300)) {
    if (route === '/healthz')
      console.log(`       ${route}, which reads nothing: median ${ms(medianMs)}, p99 ${ms(p99Ms)}`);
    else goal(p99Ms < 50, `${route}: median ${ms(medianMs)}, p99 ${ms(p99Ms)}`);
  }
}
if (chosen.includes('tasks')) {
  const tasks = Number(values.tasks);
  console.log(`operators' pages over ${tasks} tasks`);
  const { routes, purgeSeconds } = await measureTasks(tasks, 100);
  for (const { route, medianMs, p99Ms } of routes) {
    goal(p99Ms < 100, `${route}: median ${ms(medianMs)}, p99 ${ms(p99Ms)}`);
  }
  console.log(`       to forget them all takes ${purgeSeconds.toFixed(1)} s`);
}
if (chosen.includes('watchers')) {
  const [workflows, watchers] = [count(50), Number(values.watchers)];
  const figures = await measureWatchers(workflows, watchers, 50, 200);
  const { events, medianMs, p99Ms, wrong, serverMb, loopDelayMs } = figures;
  goal(wrong === 0, `${watchers} watchers on ${workflows} workflows: ${events} events, ${wrong} watchers saw it wrong`);
  console.log(`       an event takes ${ms(medianMs)} (median), ${ms(p99Ms)} (p99)`);
  const { before, watched, after } = serverMb;
  console.log(
    `       the server's event loop is late by ${ms(loopDelayMs.mean)} (mean), ${ms(loopDelayMs.p99)} (p99), ${ms(loopDelayMs.max)} (longest)`,
  );
  console.log(
    `       the server has ${mb(before)} before, ${mb(watched)} with all watchers, ${mb(after)} after the last epoch`,
  );
}
for (const [name, workflows] of [
  ['queue', count(1_000)],
  ['leaks', Math.ceil((2 * Number(values.steps)) / stepsAChain)],
] as const) {
  if (!chosen.includes(name)) continue;
  const figures = await measureQueue(workflows, values['no-op'] ? 'no-op' : 'real', console.log);
  const { acceptedSeconds, doneSeconds, listP99Ms, wrongSteps, memory } = figures;
  console.log(
    `${workflows} workflows accepted in ${acceptedSeconds.toFixed(1)} s, done in ${doneSeconds.toFixed(1)} s: ${(workflows / doneSeconds).toFixed(1)} chains/s`,
  );
  console.log(`       a list meanwhile: p99 ${ms(listP99Ms)}`);
  goal(wrongSteps === 0, `${wrongSteps} of ${workflows * stepsAChain} steps did not complete in exactly one run`);
  for (const { name: who, quartersMb, stays } of memory) {
    const text = `${who}: ${quartersMb.map((value) => value.toFixed(0)).join(', ')} MB in the quarters of the work`;
    const [, second = 0, , fourth = 0] = quartersMb;
    // The first is the time of warming up.
    if (stays) goal(fourth < second * 1.1 + 5, text);
    else console.log(`       ${text}`);
  }
}
process.exitCode = missed === 0 ? 0 : 1;
