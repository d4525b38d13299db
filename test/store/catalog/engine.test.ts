// What a page with a filter may take of the event loop: rows looked at, times what deciding the filter takes for one of them.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import type { TrackFilter } from '../../../src/store/catalog/filters.ts';
import { compileQuickTracks } from '../../../src/store/catalog/quick-filter.ts';
import { listTracks, tracksOfArtist } from '../../../src/store/catalog/tracks.ts';
import { attachLinks } from '../../../src/store/serving/serving-index.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// The fixture is large enough for a walk to be ended.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const TRACKS = 3_000;
const LIMITS = { maxPageSize: 100 };
/** What one turn of the event loop may hold, as QuickFilter counts work. */
const MOST = 160_000;
const ARTISTS = 8;

let engines: TwoEngines;
beforeAll(async () => {
  engines = await openTwoEngines({
    artists: Array.from({ length: ARTISTS }, (_, at) => ({ artist_id: `a${at}` })),
    tracks: Array.from({ length: TRACKS }, (_, at) => ({
      track_id: `t${at}`,
      name: `Name ${at}`,
      popularity: at % 89,
      artists: [`a${at % ARTISTS}`],
    })),
  });
});
afterAll(() => engines?.close());

/** Names that no track has. */
const missing = (count: number): TrackFilter => ({
  or: Array.from({ length: count }, (_, at) => ({ name: { contains: `zq${at}` } })),
});

/** The index's statements again, over a view that counts each row of tracks that is looked at, by the turn in which it is. */
function watch() {
  const file = new DatabaseSync(engines.index.path, { readOnly: true });
  attachLinks(file, engines.index.path);
  const looked = [0];
  file.function('looked_at', { deterministic: false }, (_row) => {
    looked[looked.length - 1] = (looked.at(-1) ?? 0) + 1;
    return 1;
  });
  file.exec('create temp view tracks as select * from main.tracks where looked_at(rank)');
  const serving = engines.index.observed((sql, params, run) => {
    // Keys are looked up; only walks are counted.
    if (/order by/.test(sql)) file.prepare(sql).all(...(params as SQLInputValue[]));
    return run();
  });
  const catalog: Catalog = { ...engines.withIndex, serving };
  return {
    catalog,
    /** The most rows of one turn, and of all, while something goes on. */
    during: async (work: () => Promise<unknown>) => {
      let isDone = false;
      // Asked for first, so that it comes before what the work waits for.
      let next = immediate();
      const done = work();
      const end = () => {
        isDone = true;
      };
      done.then(end, end);
      while (!isDone) {
        await next;
        looked.push(0);
        next = immediate();
      }
      await done;
      file.close();
      return {
        most: looked.reduce((most, rows) => Math.max(most, rows), 0),
        all: looked.reduce((sum, rows) => sum + rows, 0),
      };
    },
  };
}

const page = async (catalog: Catalog, where: TrackFilter) => {
  const { edges } = await listTracks(catalog, { where, first: 1 }, LIMITS).page();
  return edges.map(({ node }) => node.id);
};

describe('a page with a filter', () => {
  it('looks at fewer rows the more there is to decide for each', async () => {
    const where = missing(8);
    const { catalog, during } = watch();
    const { all } = await during(() => page(catalog, where));
    expect(all).toBe(2_500);
    expect(all * (compileQuickTracks(where)?.work ?? 0)).toBeLessThanOrEqual(MOST);
  });

  it.each([9, 490])('is left to DuckDB where there is too much to decide: %d names', async (count) => {
    const where = missing(count);
    expect(compileQuickTracks(where)).toBeNull();
    const { catalog, during } = watch();
    const before = engines.duckDbStatements();
    expect((await during(() => page(catalog, where))).all).toBe(0);
    expect(engines.duckDbStatements() - before).toBe(1);
  });

  it('gives other work its turn between pages that are asked for at once', async () => {
    const where = missing(6);
    const { catalog, during } = watch();
    const { most, all } = await during(() =>
      Promise.all(Array.from({ length: 12 }, () => page(catalog, where))),
    );
    expect(all).toBe(12 * (2_500 + TRACKS));
    expect(most * (compileQuickTracks(where)?.work ?? 0)).toBeLessThanOrEqual(MOST);
  });

  it('gives other work its turn between parents', async () => {
    const where = missing(8);
    const parents = Array.from({ length: 8 * ARTISTS }, (_, at) => `a${at % ARTISTS}`);
    const { catalog, during } = watch();
    const { most, all } = await during(async () => {
      const pages = await tracksOfArtist({ where, first: 1 }, LIMITS).page.load(catalog, parents);
      expect(pages.every(({ edges }) => edges.length === 0)).toBe(true);
    });
    expect(all).toBe((parents.length * TRACKS) / ARTISTS);
    expect(most * (compileQuickTracks(where)?.work ?? 0)).toBeLessThanOrEqual(MOST);
  });

  it('gives the same rows whichever engine decides', async () => {
    for (const count of [1, 8, 9]) {
      const where = { or: [...(missing(count - 1).or ?? []), { name: { eq: 'Name 2999' } }] };
      expect(await page(engines.withIndex, where)).toEqual(['t2999']);
    }
  });
});
