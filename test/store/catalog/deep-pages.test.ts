// A page costs the same however deep it lies: the rows that a statement looks at are counted, at the beginning and far behind it.
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import { listTracks, tracksOfArtist } from '../../../src/store/catalog/tracks.ts';
import type { SqlParams } from '../../../src/store/duckdb.ts';
import { attachLinks } from '../../../src/store/serving/serving-index.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Servers and large fixtures take their time where eight suites share two cores.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const TRACKS = 3_000;
const SIZE = 10;
/** DuckDB reads the whole relation for each page; fewer of them do. */
const LARGE_SIZE = 150;
/** Where a page is looked at, by how many rows lie before it. */
const DEPTHS = [0, 150, 1_500, 2_850];
const LIMITS = { maxPageSize: 200 };

let engines: TwoEngines;
beforeAll(async () => {
  engines = await openTwoEngines({
    artists: [{ artist_id: 'a1' }],
    tracks: Array.from({ length: TRACKS }, (_, at) => ({
      track_id: `t${at}`,
      name: `Name ${at % 700}`,
      popularity: at % 97 === 0 ? null : at % 89,
      energy: at % 53 === 0 ? null : (at % 331) / 331,
      artists: ['a1'],
    })),
  });
});
afterAll(() => engines.close());

type OrderBy = Parameters<typeof listTracks>[1]['orderBy'];

/** Walks the whole list, and tells what `watch` says of the pages at DEPTHS. */
async function walk<T>(
  readPage: (after: string | null) => Promise<{ ids: string[]; end: string | null }>,
  watch: () => T,
): Promise<T[]> {
  const seen: T[] = [];
  const ids: string[] = [];
  let after: string | null = null;
  for (let isFirst = true; isFirst || after; isFirst = false) {
    watch();
    const depth = ids.length;
    const { ids: found, end }: { ids: string[]; end: string | null } = await readPage(after);
    ids.push(...found);
    const figure = watch();
    if (DEPTHS.includes(depth)) seen.push(figure);
    after = end;
  }
  expect(new Set(ids).size, 'every track once').toBe(TRACKS);
  expect(seen).toHaveLength(DEPTHS.length);
  return seen;
}

const rootPage = (catalog: Catalog, orderBy: OrderBy, size: number) => async (after: string | null) => {
  const { edges, hasNextPage } = await listTracks(catalog, { orderBy, first: size, after }, LIMITS).page();
  return { ids: edges.map(({ node }) => node.id), end: hasNextPage ? (edges.at(-1)?.cursor ?? null) : null };
};

describe('a page of the serving index', () => {
  /** The index's statements again, over views that count every row that is looked at. */
  function openCounting() {
    const file = new DatabaseSync(engines.index.path, { readOnly: true });
    attachLinks(file, engines.index.path);
    let rows = 0;
    file.function('looked_at', { deterministic: false }, (_row) => {
      rows += 1;
      return 1;
    });
    file.exec('create temp view tracks as select * from main.tracks where looked_at(rank)');
    file.exec('create temp view track_artists as select * from links.track_artists where looked_at(place)');
    return {
      file,
      take: () => {
        const looked = rows;
        rows = 0;
        return looked;
      },
    };
  }

  const watched = (): { catalog: Catalog; take: () => number; close: () => void } => {
    const counting = openCounting();
    const serving = engines.index.observed((sql, params, run) => {
      counting.file.prepare(sql).all(...(params as SQLInputValue[]));
      return run();
    });
    return {
      catalog: { ...engines.withIndex, serving },
      take: counting.take,
      close: () => counting.file.close(),
    };
  };

  it.each<[string, OrderBy]>([
    ['the default order', null],
    ['the order of names', [{ field: 'NAME' }]],
    ['the order of ids', [{ field: 'ID' }]],
  ])('looks at no more rows: in %s', async (_name, orderBy) => {
    const { catalog, take, close } = watched();
    const before = engines.duckDbStatements();
    const looked = await walk(rootPage(catalog, orderBy, SIZE), take);
    close();
    expect(looked[0]).toBeGreaterThanOrEqual(SIZE + 1);
    // A cursor's row is looked up, and the page and one row more are read.
    expect(Math.max(...looked), looked.join(', ')).toBeLessThanOrEqual(SIZE + 3);
    expect(engines.duckDbStatements()).toBe(before);
  });

  it('looks at no more rows: in the default order from its end', async () => {
    const { catalog, take, close } = watched();
    const readPage = async (before: string | null) => {
      const { edges, hasPreviousPage } = await listTracks(catalog, { last: SIZE, before }, LIMITS).page();
      return {
        ids: edges.map(({ node }) => node.id),
        end: hasPreviousPage ? (edges[0]?.cursor ?? null) : null,
      };
    };
    const looked = await walk(readPage, take);
    close();
    expect(Math.max(...looked), looked.join(', ')).toBeLessThanOrEqual(SIZE + 3);
  });

  it('looks at no more rows: under a parent', async () => {
    const { catalog, take, close } = watched();
    const readPage = async (after: string | null) => {
      const { page } = tracksOfArtist({ first: SIZE, after }, LIMITS);
      const [found] = await page.load(catalog, ['a1']);
      const { edges = [], hasNextPage = false } = found ?? {};
      return {
        ids: edges.map(({ node }) => node.id),
        end: hasNextPage ? (edges.at(-1)?.cursor ?? null) : null,
      };
    };
    const looked = await walk(readPage, take);
    close();
    // A link and its track for each row of the page.
    expect(Math.max(...looked), looked.join(', ')).toBeLessThanOrEqual(2 * (SIZE + 3));
  });
});

describe('a page of DuckDB', () => {
  interface Profile {
    readonly operator_rows_scanned?: number;
    readonly children?: readonly Profile[];
  }
  const rowsScanned = ({ operator_rows_scanned: own = 0, children = [] }: Profile): number =>
    children.reduce((sum, child) => sum + rowsScanned(child), own);

  it.each<[string, OrderBy]>([
    ['an order that no index keeps', [{ field: 'ENERGY', direction: 'DESC' }]],
    ['one with missing values first', [{ field: 'ENERGY', nulls: 'FIRST' }]],
  ])('reads no more rows than the first: in %s', async (_name, orderBy) => {
    let scanned = 0;
    const catalog: Catalog = {
      ...engines.duckDbAlone,
      all: async <T>(sql: string, params: SqlParams = []) => {
        const [row] = await engines.duckDbAlone.all<{ explain_value: string }>(
          `explain (analyze, format json) ${sql}`,
          params,
        );
        scanned += rowsScanned(JSON.parse(row?.explain_value ?? '{}') as Profile);
        return engines.duckDbAlone.all<T>(sql, params);
      },
    };
    const take = () => {
      const rows = scanned;
      scanned = 0;
      return rows;
    };
    const looked = await walk(rootPage(catalog, orderBy, LARGE_SIZE), take);
    expect(looked[0]).toBeGreaterThanOrEqual(TRACKS);
    expect(Math.max(...looked), looked.join(', ')).toBeLessThanOrEqual(looked[0] ?? 0);
  });
});
