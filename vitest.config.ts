import { configDefaults, defineConfig } from 'vitest/config';

/** Guarantees of time: they run after the others, each with the machine to itself. */
const timed = ['test/start.test.ts', 'test/responsiveness.test.ts', 'src/database/fleet.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...timed],
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'alone', include: timed, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for may be late on a machine that does much else; what must be in time says so itself.
    expect: { poll: { timeout: 15_000 } },
    pool: 'forks',
    maxWorkers: 2,
    // Machines are shared: a noisy moment is not a fault, three in a row are.
    retry: process.env.CI ? 2 : 0,
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'dist/test-results.json' }]] : ['default'],
  },
});
