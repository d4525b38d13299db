import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type CoverageBefore,
  findBetterCoverage,
  noteBestCoverage,
} from '../../../src/pipeline/build/best-coverage.ts';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openPublisher } from './publish-harness.ts';

const DAY = 24 * 3_600_000;
const dayOf = (day: number) => new Date(day * DAY).toISOString();
const coverageOf = (present: number, rows = 1_000) => [
  { relation: 'gold.tracks', column: 'isrc', rows, present },
];
const sourcesOf = (contentHash: string) => [
  { layer: 'silver' as const, name: 'served_sources', contentHash },
];

/** Follows a column of 1,000 rows day after day, and says day by day which earlier one it falls short of, in rows and day. */
function follow(
  days: readonly { present: number; rows?: number; sources?: string }[],
  window = 30,
): (readonly [number, number] | null)[] {
  let parent: Manifest | null = null;
  return days.map(({ present, rows = 1_000, sources = 'spotify' }, day) => {
    const before: CoverageBefore = {
      parent,
      relations: sourcesOf(sources),
      coverage: coverageOf(present, rows),
      days: window,
      now: day * DAY,
    };
    const [better] = findBetterCoverage(before);
    parent = {
      ...{ id: String(day), publishedAt: dayOf(day), relations: before.relations, coverage: before.coverage },
      bestCoverage: noteBestCoverage(before),
    } as unknown as Manifest;
    return better ? ([better.present, Number(better.snapshotId)] as const) : null;
  });
}

describe('findBetterCoverage', () => {
  it('remembers the best of a column that fades a little with every snapshot', () => {
    expect(follow([{ present: 900 }, { present: 950 }, { present: 940 }, { present: 930 }])).toEqual([
      null,
      null,
      [950, 1],
      [950, 1],
    ]);
  });

  it('forgets it when the column has as much again, and when its time is over', () => {
    expect(follow([{ present: 950 }, { present: 940 }, { present: 950 }, { present: 949 }])).toEqual([
      null,
      [950, 0],
      null,
      [950, 2],
    ]);
    expect(follow([{ present: 950 }, { present: 940 }, { present: 930 }, { present: 920 }], 2)).toEqual([
      null,
      [950, 0],
      [950, 0],
      [940, 1],
    ]);
  });

  it('knows the next best when the time of the best is over', () => {
    const days = [950, 930, 940, 500, 490, 480].map((present) => ({ present }));
    expect(follow(days, 3)).toEqual([null, [950, 0], [950, 0], [950, 0], [940, 2], [940, 2]]);
  });

  it('notes one a day, however often something is published', () => {
    const noted = (hour: number) => ({
      ...{ snapshotId: String(hour), publishedAt: dayOf(hour / 24) },
      ...{ relation: 'gold.tracks', column: 'isrc', rows: 1_000, present: 900 - hour },
    });
    const parent = {
      ...{ id: '49', publishedAt: dayOf(49 / 24), relations: [], coverage: coverageOf(900 - 49) },
      bestCoverage: [0, 24, 47].map(noted),
    } as unknown as Manifest;
    const now = { parent, relations: [], coverage: coverageOf(800), days: 30, now: 3 * DAY };
    expect(noteBestCoverage(now).map(({ snapshotId }) => snapshotId)).toEqual(['0', '24', '49']);
  });

  it('compares with the snapshot before alone where that served other sources, and with no few rows', () => {
    expect(
      follow([
        { present: 950, sources: 'sandbox' },
        { present: 900 },
        { present: 890 },
        { present: 80, rows: 99 },
        { present: 10 },
      ]),
    ).toEqual([null, [950, 0], [900, 1], null, [900, 1]]);
    expect(follow([{ present: 99, rows: 99 }, { present: 0 }])).toEqual([null, null]);
  });
});

it('a publish warns of a field that has faded by less than the limit with every batch', async () => {
  const track = (at: number, fetchedAt: number): LandedDocument => {
    const id = `T${String(at).padStart(21, '0')}`;
    const isrc = fetchedAt === 1 ? { external_ids: { isrc: `SEAAA26${String(at).padStart(5, '0')}` } } : {};
    return {
      ...{ source: 'spotify', kind: 'track', id, fetchedAt },
      body: JSON.stringify({ id, name: `Song ${at}`, ...isrc }),
    };
  };
  const publisher = await openPublisher();
  onTestFinished(() => publisher.close());
  const warned = [];
  for (const [from, to] of [
    [0, 200],
    [0, 30],
    [30, 60],
  ] as const) {
    const time = warned.length + 1;
    const documents = Array.from({ length: to - from }, (_, at) => track(from + at, time));
    await publisher.addBatch(`batch-${time}`, documents);
    const { manifest } = await publisher.publish();
    const check = manifest?.checks.find(({ name }) => name === 'coverage_drop');
    warned.push(
      check?.sample.find(({ relation, column }) => relation === 'gold.tracks' && column === 'isrc'),
    );
  }
  expect(warned).toEqual([
    undefined,
    undefined,
    expect.objectContaining({ share_before: 1, share_now: 0.7 }),
  ]);
});
