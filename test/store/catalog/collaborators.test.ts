import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { collaboratorsOf } from '../../../src/store/catalog/collaborators.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Opens two engines, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SEED = 20_261_127;
const ARTISTS = 25;
const PROLIFIC = 3_001;
/** On few tracks, with nearly a hundred others on each. */
const CHOIR = Array.from({ length: 95 }, (_, at) => `c${String(at).padStart(2, '0')}`);

let engines: TwoEngines;
let credits: string[][];
beforeAll(async () => {
  const random = seededRandomness(SEED);
  const whole = (below: number) => Math.floor(random.next() * below);
  credits = Array.from({ length: 300 }, () => [
    ...new Set(Array.from({ length: whole(4) }, () => `a${whole(ARTISTS)}`)),
  ]);
  const sung = Array.from({ length: 100 }, () => CHOIR);
  const many = Array.from({ length: PROLIFIC }, (_, at) => ['various', `a${at % 3}`]);
  engines = await openTwoEngines({
    artists: [
      ...Array.from({ length: ARTISTS }, (_, at) => ({
        artist_id: `a${at}`,
        name: ['Zoe', 'Ann', 'ann', 'Été'][at % 4] ?? '',
        popularity: [null, 10, 50][at % 3] ?? null,
      })),
      { artist_id: 'alone' },
      { artist_id: 'various' },
      ...CHOIR.map((artist_id) => ({ artist_id })),
    ],
    tracks: [...credits, ['alone'], ...many, ...sung].map((artists, at) => ({ track_id: `t${at}`, artists })),
  });
});
afterAll(() => engines?.close());

/** Tracks in common, counted one by one. */
function countShared(one: string): Map<string, number> {
  const shared = new Map<string, number>();
  for (const artists of credits) {
    if (!artists.includes(one)) continue;
    for (const other of artists) if (other !== one) shared.set(other, (shared.get(other) ?? 0) + 1);
  }
  return shared;
}

describe('collaboratorsOf', () => {
  const ids = [...Array.from({ length: ARTISTS }, (_, at) => `a${at}`).slice(3), 'alone', 'gone'];

  it('counts the tracks in common, by both engines alike, and by the index without DuckDB', async () => {
    const told = await collaboratorsOf(100).load(engines.duckDbAlone, ids);
    for (const [at, id] of ids.entries()) {
      const found = told[at]?.map(({ artistId, trackCount }) => [artistId, trackCount] as const) ?? [];
      expect(new Map(found), id).toEqual(countShared(id));
      const counts = found.map(([, count]) => count);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
    }
    for (const first of [1, 4, 100]) {
      const some = await collaboratorsOf(first).load(engines.withIndex, ids);
      expect(some).toEqual(told.map((all) => all.slice(0, first)));
      expect(await collaboratorsOf(first).load(engines.duckDbAlone, ids)).toEqual(some);
    }
    expect(engines.duckDbStatements()).toBe(0);
  });

  it('leaves artists with very many tracks, or credits on them, to DuckDB, which holds no event loop', async () => {
    const expected = [
      { artistId: 'a0', trackCount: 1_001 },
      { artistId: 'a2', trackCount: 1_000 },
      { artistId: 'a1', trackCount: 1_000 },
    ];
    const before = engines.duckDbStatements();
    for (const catalog of [engines.withIndex, engines.duckDbAlone])
      expect(await collaboratorsOf(3).load(catalog, ['various'])).toEqual([expected]);
    expect(engines.duckDbStatements()).toBe(before + 1);
    for (const catalog of [engines.withIndex, engines.duckDbAlone])
      expect(await collaboratorsOf(1).load(catalog, ['c01'])).toEqual([
        [{ artistId: 'c00', trackCount: 100 }],
      ]);
    expect(engines.duckDbStatements()).toBe(before + 2);
  });

  it('walks no tracks of any artist where one of them is for DuckDB', async () => {
    const asked: string[] = [];
    const serving = engines.index.observed((sql, _params, run) => {
      asked.push(sql);
      return run();
    });
    const [others, various] = await collaboratorsOf(1).load({ ...engines.withIndex, serving }, [
      'a4',
      'various',
    ]);
    expect([others?.length, various?.length]).toEqual([1, 1]);
    expect(asked.filter((sql) => sql.includes('artist_tracks'))).toEqual([]);
  });
});
