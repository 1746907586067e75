import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createClock } from './clock.js';

test('a clock with an offset file follows what the file says, and is the system’s while there is no number in it', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'zincir-clock-'));
  const file = path.join(directory, 'offset');
  const clock = createClock(file);
  const aheadMs = () => clock.now().getTime() - Date.now();
  const near = (expected: number) =>
    expect.poll(() => Math.abs(aheadMs() - expected), { timeout: 2_000 }).toBeLessThan(50);
  await near(0);
  await writeFile(file, '10000');
  await near(10_000);
  await writeFile(file, '-10000');
  await near(-10_000);
  await writeFile(file, 'ten');
  await near(0);
  await rm(directory, { recursive: true });
});
