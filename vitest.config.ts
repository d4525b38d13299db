import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

// Suites that need a server of their own (a browser, MongoDB) live in test/servers and run by `npm run test:servers`.
export default defineConfig({
  resolve: {
    // Node takes graphql's CommonJS build; without this the test runner takes the other one, and there are two of each type.
    alias: { graphql: createRequire(import.meta.url).resolve('graphql') },
  },
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/servers/**'],
    pool: 'forks',
    maxWorkers: 2,
    reporters: process.env.CI ? ['default', './test/closing-line.ts'] : ['default'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    env: { UV_THREADPOOL_SIZE: '16' },
  },
});
