/** A short turn of `npm run chaos`; the seed is fixed, so that a failure here is everybody's. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { findPostgres, postgresMissing } from '../support/database.js';
import { findRabbit, rabbitMissing } from '../support/rabbitmq.js';
import { runChaos } from './chaos.js';
import { restarts } from './plan.js';

const seed = 20260301;
const missing = [
  existsSync('/proc/self/stat') ? null : 'needs Linux',
  (await findPostgres()) ? null : postgresMissing,
  (await findRabbit()) ? null : rabbitMissing,
].filter((lack) => lack !== null);

test.skipIf(missing.length > 0)(
  `every workflow ends as it would have undisturbed, whatever is killed, cut or lost${missing.map((lack) => `: ${lack}`).join()}`,
  async () => {
    const said: string[] = [];
    const { breaches } = await runChaos({
      seed,
      durationMs: 40_000,
      workflows: 14,
      gapMs: [1_000, 2_500],
      without: restarts,
      effort: 0.5,
      say: (line) => said.push(line),
    });
    expect(breaches, `seed ${seed}\n${said.join('\n')}`).toEqual([]);
  },
  600_000,
);
