/** Small turns of `npm run load`. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findPostgres, postgresMissing } from '../support/database.js';
import { findRabbit, rabbitMissing } from '../support/rabbitmq.js';
import { measureArchive } from './archive.js';
import { measureQueue } from './queue.js';
import { measureTasks } from './tasks.js';
import { measureWatchers } from './watchers.js';

const missing = [
  existsSync('/proc/self/stat') ? null : 'needs Linux',
  (await findPostgres()) ? null : postgresMissing,
  (await findRabbit()) ? null : rabbitMissing,
].filter((lack) => lack !== null);
const lacks = missing.map((lack) => `: ${lack}`).join('');

test.skipIf(missing.length > 0)(
  `ten workflows asked for at once run every step once on two workers${lacks}`,
  async () => {
    expect(await measureQueue(10, 'real')).toMatchObject({ wrongSteps: 0 });
  },
  180_000,
);

test.skipIf(missing.length > 0)(
  `a hundred watchers of ten workflows each see every epoch once, and the end${lacks}`,
  async () => {
    expect(await measureWatchers(10, 100, 10, 100)).toMatchObject({ wrong: 0, events: 1_000 });
  },
  120_000,
);

test.skipIf(missing.length > 0)(
  `every list of the server answers for a filled archive${lacks}`,
  async () => {
    for (const { route, medianMs } of await measureArchive(2_000, 10)) expect(medianMs, route).toBeLessThan(500);
  },
  120_000,
);

test.skipIf(missing.length > 0)(
  `every page for operators answers over many tasks${lacks}`,
  async () => {
    const { routes } = await measureTasks(6_000, 5);
    for (const { route, medianMs } of routes) expect(medianMs, route).toBeLessThan(500);
  },
  120_000,
);
