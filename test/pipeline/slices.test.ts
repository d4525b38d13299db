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
  const file = (path: string, rows: number) => ({ path, rows, bytes: 1, sha256: '' });
  const tracks = { layer: 'gold', name: 'tracks', rows: 10, files: [file('a', 7), file('b', 3)] } as const;
  const plan = (buildSliceRows: number, key = relation.key) =>
    planSlices({ ...relation, key }, [tracks], { dataDir: '/data', buildSliceRows });

  it('looks for the key of what is written in one piece', () => {
    expect(plan(10)).toEqual({
      select: 'whole',
      source: null,
      key: { columns: ['track_id', 'market'], certain: ['track_id'] },
    });
    expect(plan(10, [])).toEqual({ select: 'whole', source: null });
  });

  it('looks for no key in slices, where it says nothing of the whole', () => {
    const { select, slices, key, source } = plan(4);
    expect([select, slices?.length, key, source]).toEqual(['touched', 3, undefined, tracks]);
  });

  it('shows each slice rows of one file that lie one behind the other, each row once', () => {
    const shown = plan(4).slices?.map(([view]) =>
      /'\/data\/(\w)'.*>= (\d+) and .* < (\d+)$/.exec(view ?? '')?.slice(1),
    );
    expect(shown).toEqual([
      ['a', '0', '4'],
      ['a', '4', '7'],
      ['b', '0', '3'],
    ]);
  });
});
