/**
 * `npm run load` for all of it, or `npm run load -- archive|watchers|queue [--workflows N] [--watchers N] [--no-op]`.
 * Real steps cost a child process each: a thousand workflows take some ten minutes on two processors.
 *
 * Needs PostgreSQL, and `queue` RabbitMQ with rabbitmqctl. Fails where a goal is missed: lists under 50 ms (p99),
 * every watcher sees every epoch once, every step runs once, memory of a process stays within a tenth.
 */
import { parseArgs } from 'node:util';
import { measureArchive } from './archive.js';
import { measureQueue } from './queue.js';
import { measureWatchers } from './watchers.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workflows: { type: 'string' },
    watchers: { type: 'string', default: '500' },
    'no-op': { type: 'boolean', default: false },
  },
});
const chosen = positionals.length > 0 ? positionals : ['archive', 'watchers', 'queue'];
const count = (fallback: number) => Number(values.workflows ?? fallback);
const ms = (value: number) => `${value.toFixed(1)} ms`;
let missed = 0;
const goal = (met: boolean, text: string) => {
  if (!met) missed++;
  console.log(`${met ? 'ok    ' : 'MISSED'} ${text}`);
};

if (chosen.includes('archive')) {
  const workflows = count(100_000);
  console.log(`lists of ${workflows} workflows`);
  for (const { route, medianMs, p99Ms } of await measureArchive(workflows, 100)) {
    if (route === '/healthz')
      console.log(`       ${route}, which reads nothing: median ${ms(medianMs)}, p99 ${ms(p99Ms)}`);
    else goal(p99Ms < 50, `${route}: median ${ms(medianMs)}, p99 ${ms(p99Ms)}`);
  }
}
if (chosen.includes('watchers')) {
  const [workflows, watchers] = [count(50), Number(values.watchers)];
  const figures = await measureWatchers(workflows, watchers, 50, 200);
  const { events, medianMs, p99Ms, wrong, serverMb } = figures;
  goal(wrong === 0, `${watchers} watchers on ${workflows} workflows: ${events} events, ${wrong} watchers saw it wrong`);
  console.log(`       an event takes ${ms(medianMs)} (median), ${ms(p99Ms)} (p99); server ${serverMb.toFixed(0)} MB`);
}
if (chosen.includes('queue')) {
  const workflows = count(1_000);
  const figures = await measureQueue(workflows, values['no-op'] ? 'no-op' : 'real', console.log);
  const { acceptedSeconds, doneSeconds, listP99Ms, wrongSteps, memory } = figures;
  console.log(
    `${workflows} workflows accepted in ${acceptedSeconds.toFixed(1)} s, done in ${doneSeconds.toFixed(1)} s`,
  );
  console.log(`       a list meanwhile: p99 ${ms(listP99Ms)}`);
  goal(wrongSteps === 0, `${wrongSteps} steps did not run exactly once`);
  for (const { name, warmMb, endMb } of memory) {
    goal(endMb < warmMb * 1.1 + 5, `${name}: ${warmMb.toFixed(0)} MB when warm, ${endMb.toFixed(0)} MB at the end`);
  }
}
process.exitCode = missed === 0 ? 0 : 1;
