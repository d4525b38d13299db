// RELIABILITY c 12 and 13: any order and repetition of batches, late and equal stamps, give what one build of everything gives.
import { describe, expect, it } from 'vitest';
import { expectEqualBuilds } from '../pipeline/build/incremental-equality.ts';

const ROUNDS = Math.max(1, Math.round(12 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1)));
const SEEDS = Array.from({ length: ROUNDS }, (_, round) => 100 + round);

describe('a build of new batches against a build of everything', () => {
  it.each(SEEDS)('is equal in content, coverage and checks (seed %i)', async (seed) => {
    const batches = 2 + (seed % 3);
    expect(await expectEqualBuilds(seed, batches, 10 + 15 * (seed % 4)), `seed ${seed}`).toBe(batches);
  });
});
