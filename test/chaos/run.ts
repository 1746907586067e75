/**
 * `npm run chaos -- --seed N --minutes N --workflows N [--restarts]`
 *
 * Needs Linux, PostgreSQL, RabbitMQ and rabbitmqctl; as root also a full disk is tried. `--restarts` stops and starts
 * broker and database server themselves too (`rabbitmqctl`, `pg_ctlcluster`), which everybody on them feels.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './chaos.js';
import { restarts } from './plan.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    minutes: { type: 'string', default: '3' },
    workflows: { type: 'string' },
    restarts: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const minutes = Number(values.minutes);
const workflows = Number(values.workflows ?? Math.ceil(minutes * 20));
const without = values.restarts ? [] : restarts;
const replay = `npm run chaos -- --seed ${seed} --minutes ${minutes} --workflows ${workflows}${values.restarts ? ' --restarts' : ''}`;

console.log(`chaos: seed ${seed}, ${minutes} minutes of faults, ${workflows} workflows`);
try {
  const { breaches, faults, counts } = await runChaos({
    seed,
    workflows,
    without,
    durationMs: minutes * 60_000,
    gapMs: [1_500, 4_500],
    say: (line) => console.log(line),
  });
  console.log(`faults: ${[...faults].map(([kind, count]) => `${count} x ${kind}`).join(', ')}`);
  console.log(
    `counts: ${Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ')}`,
  );
  for (const breach of breaches) console.error(`BROKEN: ${breach}`);
  console.log(breaches.length === 0 ? 'Nothing lost.' : `${breaches.length} broken. Replay: ${replay}`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
} catch (thrown) {
  console.error(thrown);
  console.error(`Replay: ${replay}`);
  process.exitCode = 1;
}
