import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.ts';

/** Suites that start a server of their own; each skips with a line where what it needs is not on the machine. */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/servers/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 300_000,
    passWithNoTests: true,
  },
});
