// Whatever landed, and whatever was compacted or merged in between: a build of new batches and a build of everything give the same content.
import { describe, it } from 'vitest';
import { expectSameAfterCompaction } from '../pipeline/bronze/compaction-equality.ts';
import { expectSameAfterMerge } from '../pipeline/bronze/merge-equality.ts';

const ROUNDS = Math.max(1, Math.round(6 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1)));
const SEEDS = Array.from({ length: ROUNDS }, (_, round) => 100 + round);

describe('builds after a compaction of the landing store', () => {
  it.each(SEEDS)('equal those without one (seed %i)', (seed) => expectSameAfterCompaction(seed), 240_000);
});

describe('builds after merges of bronze files', () => {
  it.each(SEEDS.slice(0, Math.ceil(ROUNDS / 2)))(
    'equal those without one (seed %i)',
    (seed) => expectSameAfterMerge(seed),
    240_000,
  );
});
