// RELIABILITY c 12 and 13: any order and repetition of batches, late and equal stamps, give what one build of everything gives.
import { describe, expect, it } from 'vitest';
import { expectEqualBuilds } from '../pipeline/incremental-equality.ts';

const ROUNDS = Math.max(1, Math.round(12 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1)));
const FIRST_SEED = 100;

describe('a build of new batches against a build of everything', () => {
  it(`is equal in content, coverage and checks over ${ROUNDS} random landings`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const seed = FIRST_SEED + round;
      const batches = 2 + (round % 3);
      expect(await expectEqualBuilds(seed, batches, 10 + 15 * (round % 4)), `seed ${seed}`).toBe(batches);
    }
    console.log(`${ROUNDS} landings from seed ${FIRST_SEED}`);
  });
});
