import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import LongestFirst from './test/longest-first.ts';

// What the three suites share. `npm test` runs what needs nothing but this checkout; suites that need a server of their own
// (MongoDB, a browser, Python readers) live in test/servers, long fault suites in test/reliability, each with its own npm script.
export const shared = {
  resolve: {
    // Node takes graphql's CommonJS build; without this the test runner takes the other one, and there are two of each type.
    alias: { graphql: createRequire(import.meta.url).resolve('graphql') },
  },
  test: {
    pool: 'forks' as const,
    maxWorkers: 2,
    // Files that one process runs share its modules: to read them anew for each of 260 files was two fifths of the processor time of
    // 1,400 tests (268 and 165 s), and a third of the time by the clock.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    reporters: process.env.CI ? ['default', './test/closing-line.ts'] : ['default'],
    // CI's machine is shared: what depends on real processes and ports is tried once more there before it counts as broken.
    retry: process.env.CI ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: {
      UV_THREADPOOL_SIZE: '16',
      // Tests start some hundred processes that do not come by bin/groovelake.js: to load the steps of a worker takes half the time.
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/groovelake', import.meta.url)),
    },
  },
};

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/**/*.test.ts'],
    exclude: ['test/servers/**', 'test/reliability/**'],
  },
});
