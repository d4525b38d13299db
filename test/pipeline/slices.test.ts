import { describe, expect, it } from 'vitest';
import { planSlices } from '../../src/pipeline/slices.ts';
import { openPublisher } from './publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from './random-landing.ts';

/** Slack for a machine that eight work on; on a quiet one each takes seconds. */
const SLACK_MS = 600_000;

/** A full build and a batch on top of it. */
async function publishTwice(sliceRows: number) {
  const publisher = await openPublisher({ GROOVELAKE_BUILD_SLICE_ROWS: String(sliceRows) });
  try {
    const random = seeded(8);
    await publisher.addBatch('a', [...makeFirstBatch(random), ...makeDocuments(random, 40)]);
    const { manifest: full } = await publisher.publish();
    await publisher.addBatch('b', makeDocuments(random, 10));
    const { manifest: next, message } = await publisher.publish();
    if (!full || !next) throw new Error('nothing was published');
    return { full, next, message };
  } finally {
    await publisher.close();
  }
}

describe('a build in slices', () => {
  it(
    'publishes the same rows in several files, and new batches go on from there',
    async () => {
      const whole = await publishTwice(1_000_000);
      const sliced = await publishTwice(3);
      const filesOf = ({ relations }: typeof whole.full) =>
        relations.find(({ name }) => name === 'track_dashboard')?.files ?? [];
      expect(filesOf(whole.full)).toHaveLength(1);
      expect(filesOf(sliced.full).length).toBeGreaterThan(2);
      expect(sliced.message).toContain(' new of ');
      const hashesOf = ({ relations }: typeof whole.full) =>
        relations.map(({ layer, name, rows, contentHash }) => [layer, name, rows, contentHash]);
      expect(hashesOf(sliced.full)).toEqual(hashesOf(whole.full));
      expect(hashesOf(sliced.next)).toEqual(hashesOf(whole.next));
    },
    SLACK_MS,
  );
});

describe('planSlices', () => {
  const relation = {
    sql: 'whole',
    incrementalSql: 'touched',
    slices: { of: 'gold.tracks', column: 'track_id' },
    key: ['track_id', 'market'],
    nullable: ['market'],
  };
  const tracks = { layer: 'gold', name: 'tracks', rows: 10 } as const;

  it('looks for the key of what is written in one piece', () => {
    expect(planSlices(relation, [tracks], 10)).toEqual({
      select: 'whole',
      key: { columns: ['track_id', 'market'], certain: ['track_id'] },
    });
    expect(planSlices({ ...relation, key: [] }, [tracks], 10)).toEqual({ select: 'whole' });
  });

  it('looks for no key in slices, where it says nothing of the whole', () => {
    const { select, slices, key } = planSlices(relation, [tracks], 4);
    expect([select, slices?.length, key]).toEqual(['touched', 3, undefined]);
  });
});
