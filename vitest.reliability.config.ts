import { defineConfig } from 'vitest/config';
import { shared } from './vitest.config.ts';

/** Fault suites with many rounds: kills, sweeps, fuzz. GROOVELAKE_TEST_ROUNDS multiplies their rounds (1 by default). */
export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    include: ['test/reliability/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    passWithNoTests: true,
  },
});
