// Both engines are asked for pages bounded by popularity, in lists too long to be walked from their beginning.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Randomness, seededRandomness } from '../../../src/clock.ts';
import { listAlbums } from '../../../src/store/catalog/albums.ts';
import { listArtists } from '../../../src/store/catalog/artists.ts';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import type { TrackFilter } from '../../../src/store/catalog/filters.ts';
import type { Connection, PageArgs } from '../../../src/store/catalog/page.ts';
import { findRanks, meet, toPopularityRange } from '../../../src/store/catalog/popularity-range.ts';
import type { IntFilter } from '../../../src/store/catalog/predicates.ts';
import { compileQuickTracks } from '../../../src/store/catalog/quick-filter.ts';
import { listTracks } from '../../../src/store/catalog/tracks.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Both engines open a list of more rows than a page may look at.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SEED = 20_261_126;
const LIMITS = { maxPageSize: 100 };
/** In this order: rows of 50 to 89, then of 0 to 39, then of none. */
const [HIGH, LOW, NONE] = [21_000, 1_000, 700];
/** Two walks; the first along names asks where it has to stop. */
const WALKS = 3;
/** Two ends, each halved at most 15 times among so many rows, beside the walks and the number of rows. */
const MAX_STATEMENTS = 2 * 15 + 1 + WALKS;

let engines: TwoEngines;
beforeAll(async () => {
  const popularity = (at: number) => (at % 3 === 0 ? null : at % 70);
  engines = await openTwoEngines({
    tracks: Array.from({ length: HIGH + LOW + NONE }, (_, at) => ({
      track_id: `t${(at * 7) % 100_000}`,
      name: at % 2 === 0 ? 'Even Song' : 'Odd Song',
      popularity: at < HIGH ? 50 + (at % 40) : at < HIGH + LOW ? at % 40 : null,
      duration_ms: at % 11 === 0 ? null : at,
    })),
    artists: Array.from({ length: 1_800 }, (_, at) => ({ artist_id: `a${at}`, popularity: popularity(at) })),
    albums: Array.from({ length: 1_800 }, (_, at) => ({ album_id: `b${at}`, popularity: popularity(at) })),
  });
});
afterAll(() => engines?.close());

describe('toPopularityRange', () => {
  it.each<[IntFilter, number, number]>([
    [{}, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [{ lte: null }, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    [{ eq: 5 }, 5, 5],
    [{ gte: 5, lt: 9 }, 5, 8],
    [{ gt: 5, lte: 9 }, 6, 9],
    [{ gt: 5.5, lt: 8.5 }, 6, 8],
    [{ between: [2, 7], in: [9, 3, 5] }, 3, 7],
    [{ in: [] }, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [{ isNull: true }, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
    [{ isNull: false, ne: 4 }, Number.MIN_SAFE_INTEGER, Number.POSITIVE_INFINITY],
  ])('reads %j', (filter, least, most) => {
    expect(toPopularityRange(filter)).toEqual({ least, most });
  });
});

describe('findRanks', () => {
  it.each<[IntFilter, number, number]>([
    [{}, 0, HIGH + LOW + NONE + 1],
    [{ gte: 50 }, 0, HIGH + 1],
    [{ lt: 50 }, HIGH, HIGH + LOW + 1],
    [{ eq: 45 }, HIGH, HIGH + 1],
    [{ eq: 89 }, 0, HIGH / 40 + 1],
    [{ gt: 100 }, 0, 1],
    [{ lt: 0 }, HIGH + LOW, HIGH + LOW + 1],
    [{ isNull: true }, HIGH + LOW, HIGH + LOW + NONE + 1],
    [{ isNull: false }, 0, HIGH + LOW + 1],
  ])('finds the ranks around %j', (filter, after, before) => {
    expect(findRanks(engines.index, 'tracks', toPopularityRange(filter))).toEqual({ after, before });
  });
});

describe('the range of a filter', () => {
  it('is what its conjuncts share', () => {
    const where = {
      popularity: { lte: 30 },
      and: [{ popularity: { gte: 3 } }, { and: [{ popularity: { lt: 20 } }] }],
    };
    expect(compileQuickTracks(where)?.popularity).toEqual({ least: 3, most: 19 });
    expect(meet([])).toEqual(toPopularityRange({}));
  });

  it.each<[string, TrackFilter]>([
    ['or', { or: [{ popularity: { lte: 30 } }, { isExplicit: true }] }],
    ['not', { not: { popularity: { lte: 30 } } }],
    ['another column', { durationMs: { lte: 30 } }],
    ['or under and', { and: [{ or: [{ popularity: { lte: 30 } }, { popularity: { gte: 80 } }] }] }],
  ])('is not read off %s', (_name, where) => {
    expect(compileQuickTracks(where)).not.toBeNull();
    expect(compileQuickTracks(where)?.popularity).toBeUndefined();
  });
});

describe('a page bounded by popularity', () => {
  it.each<[string, TrackFilter, PageArgs]>([
    ['deep below the beginning', { popularity: { lte: 30 } }, { first: 5 }],
    ['far above the end', { popularity: { gte: 89 } }, { last: 5 }],
    ['of one value', { popularity: { eq: 7 } }, { first: 5 }],
    ['of a value that no row has', { popularity: { eq: 45 } }, { first: 5 }],
    ['of an empty range', { popularity: { lt: 10, gt: 20 } }, { last: 5 }],
    ['of no value', { popularity: { in: [] } }, { first: 5 }],
    ['of rows without one', { popularity: { isNull: true } }, { first: 5 }],
    ['of the last rows with one', { popularity: { isNull: false } }, { last: 5 }],
    ['that another condition leaves empty', { popularity: { between: [3, 9] }, mode: 'MAJOR' }, { first: 5 }],
    ['of a common name', { popularity: { lt: 30 }, name: { contains: 'even' } }, { first: 5 }],
    ['within and', { and: [{ popularity: { lt: 9 } }, { durationMs: { isNull: true } }] }, { first: 5 }],
  ])('is answered by the index in a bounded number of statements: %s', async (_name, where, page) => {
    const list = (catalog: Catalog, args: PageArgs) => listTracks(catalog, { where, ...args }, LIMITS);
    // An index that remembers nothing yet.
    const serving = engines.index.observed((_sql, _params, run) => run());
    const ask = async () => {
      const before = serving.statements;
      await list({ ...engines.withIndex, serving }, page).page();
      return serving.statements - before;
    };
    const duckDbStatements = engines.duckDbStatements();
    expect(await ask()).toBeLessThanOrEqual(MAX_STATEMENTS);
    expect(await ask(), 'no look-ups any more').toBeLessThanOrEqual(WALKS);
    expect(engines.duckDbStatements()).toBe(duckDbStatements);
    await compare(list, page);
  });

  it('needs no look-up where the first rows fill it', async () => {
    const statements = engines.index.statements;
    await listTracks(engines.withIndex, { where: { popularity: { gte: 50 } }, first: 5 }, LIMITS).page();
    expect(engines.index.statements - statements).toBe(1);
  });

  it('is the same from both engines, in either direction and between cursors', async () => {
    const dice = createDice(seededRandomness(SEED));
    for (let round = 0; round < 100; round++) {
      const where = randomFilter(dice);
      const orderBy = dice.pick(
        undefined,
        undefined,
        [
          { field: 'POPULARITY' as const, direction: 'ASC' as const, nulls: 'FIRST' as const },
          { field: 'ID' as const, direction: 'DESC' as const },
        ],
        [{ field: 'ID' as const }],
        [{ field: 'POPULARITY' as const, direction: 'DESC' as const, nulls: 'FIRST' as const }],
      );
      // Two places of the whole list, wherever the bound lies.
      const bound = () =>
        listTracks(engines.withIndex, { orderBy, where: randomFilter(dice), first: 3 }, LIMITS);
      const cursor = async () => (await bound().page()).edges.at(-1)?.cursor;
      const [after, before] = [
        dice.pick(undefined, undefined, await cursor()),
        dice.pick(undefined, undefined, await cursor()),
      ];
      const list = (catalog: Catalog, args: PageArgs) =>
        listTracks(catalog, { where, orderBy, ...args }, LIMITS);
      await compare(
        list,
        { [dice.pick('first', 'last')]: 5, after, before },
        JSON.stringify({ round, where, orderBy }),
      );
    }
  });

  it('is the same of artists and albums', async () => {
    const dice = createDice(seededRandomness(SEED + 1));
    for (let round = 0; round < 20; round++) {
      const where = { popularity: randomBound(dice) };
      const size = dice.pick({ first: 5 }, { last: 5 });
      await compare(
        (c, args) => listArtists(c, { where, ...args }, LIMITS),
        size,
        JSON.stringify({ where, size }),
      );
      await compare(
        (c, args) => listAlbums(c, { where, ...args }, LIMITS),
        size,
        JSON.stringify({ where, size }),
      );
    }
  });
});

/** Compares a page and the one that follows it, in its direction. */
async function compare<T>(
  list: (catalog: Catalog, args: PageArgs) => Connection<T>,
  page: PageArgs,
  label = '',
): Promise<void> {
  const found = await list(engines.withIndex, page).page();
  expect(found, label).toEqual(await list(engines.duckDbAlone, page).page());
  const cursor = (page.first ? found.edges.at(-1) : found.edges[0])?.cursor;
  if (!cursor) return;
  const next = { ...page, [page.first ? 'after' : 'before']: cursor };
  expect(await list(engines.withIndex, next).page(), label).toEqual(
    await list(engines.duckDbAlone, next).page(),
  );
}

function randomBound({ pick }: Dice): IntFilter {
  const value = () => pick(-1, 0, 7, 30, 39, 45, 50, 69, 88, 89, 101);
  return pick<() => IntFilter>(
    () => ({ lte: value() }),
    () => ({ lt: value() }),
    () => ({ gte: value() }),
    () => ({ gt: value() }),
    () => ({ eq: value() }),
    () => ({ ne: value() }),
    () => ({ gt: value(), lte: value() }),
    () => ({ between: pick([3, 9], [39, 50], [40, 49], [0, 100]) }),
    () => ({ in: pick([], [7, 88], [45]) }),
    () => ({ isNull: pick(true, false) }),
    () => ({ isNull: true, lte: value() }),
  )();
}

function randomFilter(dice: Dice): TrackFilter {
  const bound = () => ({ popularity: randomBound(dice) });
  return dice.pick<() => TrackFilter>(
    bound,
    bound,
    () => ({ ...bound(), durationMs: dice.pick({ isNull: true }, { gte: 21_500 }) }),
    () => ({ ...bound(), name: { contains: dice.pick('even', 'odd', 'none') } }),
    () => ({ ...bound(), and: [bound(), { or: [bound(), bound()] }] }),
    () => ({ or: [bound(), { durationMs: { isNull: true } }] }),
    () => ({ not: bound() }),
    () => ({ and: [{ not: bound() }, bound()] }),
  )();
}

interface Dice {
  pick<T>(...values: readonly T[]): T;
}

function createDice(random: Randomness): Dice {
  return { pick: (...values) => values[Math.floor(random.next() * values.length)] as never };
}
