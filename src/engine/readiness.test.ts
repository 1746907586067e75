import { expect, test } from 'vitest';
import { createEngineBench } from '../../test/support/engine.js';
import { createReadiness } from './readiness.js';

test('each dependency is told by itself, and one that does not answer is told so within two seconds', async () => {
  const bench = await createEngineBench();
  let asked = 0;
  const stuck = () => {
    asked += 1;
    return new Promise<never>(() => {});
  };
  const ask = createReadiness({ ...bench, broker: { ...bench.broker, check: stuck } });
  const began = performance.now();
  const checks = await ask();
  expect(performance.now() - began).toBeLessThan(2_500);
  expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
    ['database', true],
    ['broker', false],
    ['storage', true],
    ['worker', false],
  ]);
  expect(checks.find(({ name }) => name === 'broker')?.detail).toContain('no answer within 2 s');

  // Those who ask meanwhile wait for the same answer: questions do not pile up before one that hangs.
  await Promise.all([ask(), ask(), ask()]);
  expect(asked).toBe(1);
  await bench.close();
});

test('a dependency that throws is told with its reason, and is asked anew', async () => {
  const bench = await createEngineBench();
  let asked = 0;
  const failing = async () => {
    asked += 1;
    throw new Error('the disk is gone');
  };
  const ask = createReadiness({ ...bench, files: { ...bench.files, check: failing } });
  for (let made = 0; made < 2; made++) {
    const storage = (await ask()).find(({ name }) => name === 'storage');
    expect(storage).toMatchObject({ ok: false, detail: expect.stringContaining('the disk is gone') });
  }
  expect(asked).toBe(2);
  await bench.close();
});
