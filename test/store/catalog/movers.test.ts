import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import {
  findAlbumMovers,
  findArtistMovers,
  findTrackMovers,
  type Mover,
  type MoversRequest,
} from '../../../src/store/catalog/movers.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SEED = 20_261_127;
const ARTISTS = 40;
const NOW = Date.UTC(2026, 10, 20);
const HOUR = 3_600_000;

interface Observed {
  readonly id: string;
  readonly source: string;
  readonly at: number;
  readonly value: number;
}

let opened: FixtureCatalog;
let observed: Observed[];
const popularity = (at: number) => [null, 10, 50][at % 3] ?? null;
beforeAll(async () => {
  const random = seededRandomness(SEED);
  const whole = (below: number) => Math.floor(random.next() * below);
  const taken = new Set<string>();
  observed = Array.from({ length: 300 }, () => ({
    // Some of whom gold knows nothing.
    id: `a${whole(ARTISTS + 5)}`,
    source: whole(5) === 0 ? 'spotify' : 'kworb',
    at: NOW + whole(20) * HOUR,
    value: whole(4) * 10,
  })).filter(({ id, source, at }) => {
    const key = [id, source, at].join();
    return !taken.has(key) && taken.add(key);
  });
  const toRow = (entity: string, measure: string, { id, source, at, value }: Observed) => ({
    entity,
    entity_id: id,
    measure,
    observed_at: new Date(at).toISOString(),
    value,
    source,
  });
  opened = await openFixtureCatalog({
    artists: Array.from({ length: ARTISTS }, (_, at) => ({
      artist_id: `a${at}`,
      popularity: popularity(at),
    })),
    albums: [{ album_id: 'a1' }],
    tracks: [{ track_id: 'a1' }],
    observations: [
      ...observed.map((one) => toRow('artist', 'followers', one)),
      // Of the same ids, and not to be taken for theirs.
      ...observed.map((one) => toRow('artist', 'popularity', { ...one, value: 100 - one.value })),
      ...[3, 5].map((value, n) =>
        toRow('album', 'popularity', { id: 'a1', source: 'spotify', at: NOW + n, value }),
      ),
      ...[0, 7].map((value, n) =>
        toRow('track', 'popularity', { id: 'a1', source: 'spotify', at: NOW + n, value }),
      ),
    ],
  });
});
afterAll(() => opened?.close());

/** The same in plain TypeScript. */
function expectMovers(
  { from, to, by, direction, first }: MoversRequest,
  passes: (id: string) => boolean,
): Omit<Mover, 'growth'>[] {
  const movers = [...Map.groupBy(observed, ({ id }) => id)].flatMap(([id, ofOne]) => {
    if (!passes(id)) return [];
    const found = [...Map.groupBy(ofOne, ({ source }) => source)].flatMap(([source, all]) => {
      const seen = all.filter(({ at }) => at < (to ?? Number.POSITIVE_INFINITY)).sort((x, y) => x.at - y.at);
      const [oldest] = seen;
      const before = seen.findLast(({ at }) => at <= (from ?? Number.NEGATIVE_INFINITY)) ?? oldest;
      const now = seen.at(-1);
      if (!before || !now || before === now) return [];
      const change = now.value - before.value;
      const growth = before.value === 0 ? null : change / before.value;
      const moved = (by === 'CHANGE' ? change : growth) ?? 0;
      const tell = ({ at, value }: Observed) => ({ observedAt: new Date(at).toISOString(), value, source });
      return [{ id, source, at: now.at, moved, before: tell(before), now: tell(now), change }];
    });
    found.sort((x, y) => y.at - x.at || (x.source < y.source ? -1 : 1));
    return found.slice(0, 1).filter(({ moved }) => (direction === 'DESC' ? moved > 0 : moved < 0));
  });
  movers.sort(
    (x, y) =>
      (direction === 'DESC' ? y.moved - x.moved : x.moved - y.moved) ||
      Buffer.compare(Buffer.from(x.id), Buffer.from(y.id)),
  );
  return movers.slice(0, first).map(({ id, before, now, change }) => ({ id, before, now, change }));
}

describe('movers', () => {
  it('are those that the observations tell, between any two moments, by change and by growth', async () => {
    const moments = [null, NOW - HOUR, NOW, NOW + 5 * HOUR, NOW + 12 * HOUR + 1, NOW + 30 * HOUR];
    const ways = moments.flatMap((from) =>
      moments.flatMap((to) =>
        (['CHANGE', 'GROWTH'] as const).flatMap((by) =>
          (['ASC', 'DESC'] as const).map((direction) => ({ from, to, by, direction })),
        ),
      ),
    );
    let count = 0;
    for (const way of ways) {
      const request = { ...way, measure: 'FOLLOWERS', first: 12 };
      const found = await findArtistMovers(opened.catalog, null, request);
      const what = JSON.stringify(way);
      expect(
        found.map(({ growth: _, ...mover }) => mover),
        what,
      ).toEqual(expectMovers(request, (id) => Number(id.slice(1)) < ARTISTS));
      for (const { growth, change, before } of found)
        expect(growth, what).toEqual(before.value === 0 ? null : change / before.value);
      count += found.length;
    }
    expect(count).toBeGreaterThan(200);
  });

  it('gained or lost, and never both, where two sources tell otherwise of the same time', async () => {
    const request = { measure: 'FOLLOWERS', by: 'CHANGE', first: 100 } as const;
    const told = async (direction: 'ASC' | 'DESC') =>
      (await findArtistMovers(opened.catalog, null, { ...request, direction })).map(({ id }) => id);
    const [gained, lost] = [await told('DESC'), await told('ASC')];
    expect(gained.length * lost.length).toBeGreaterThan(50);
    expect(gained.filter((id) => lost.includes(id))).toEqual([]);
  });

  it('are told of those that pass a filter', async () => {
    const request = { measure: 'FOLLOWERS', by: 'CHANGE', direction: 'DESC', first: 100 } as const;
    const found = await findArtistMovers(opened.catalog, { popularity: { gte: 50 } }, request);
    expect(found.map(({ growth: _, ...mover }) => mover)).toEqual(
      expectMovers(request, (id) => Number(id.slice(1)) < ARTISTS && popularity(Number(id.slice(1))) === 50),
    );
    expect(found.length).toBeGreaterThan(3);
  });

  it('of albums and tracks are told apart from artists of the same id', async () => {
    const request = { measure: 'POPULARITY', by: 'CHANGE', direction: 'DESC', first: 9 } as const;
    const told = async (find: typeof findAlbumMovers | typeof findTrackMovers) =>
      (await find(opened.catalog, null, request)).map(({ id, change, growth }) => [id, change, growth]);
    expect(await told(findAlbumMovers)).toEqual([['a1', 2, 2 / 3]]);
    expect(await told(findTrackMovers)).toEqual([['a1', 7, null]]);
  });
});
