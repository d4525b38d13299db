// Columns in memory and DuckDB are asked the same random statistics; groups, their order, cursors and figures must agree.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import type { Catalog } from '../../../../src/store/catalog/catalog.ts';
import type { TrackFilter } from '../../../../src/store/catalog/filter-types.ts';
import { type Aggregate, loadAggregates } from '../../../../src/store/catalog/stats/aggregates.ts';
import { listGroups, type StatsRequest } from '../../../../src/store/catalog/stats/groups.ts';
import { TRACKS } from '../../../../src/store/catalog/stats/subject.ts';
import {
  createGoldFixture,
  type FixtureCatalog,
  openFixtureCatalog,
  openFixtureColumns,
} from '../../../fixtures/gold.ts';
import { createKeptLog } from '../../../fixtures/quiet-log.ts';

const SEED = 20_261_126;
const random = seededRandomness(SEED);
const below = (n: number) => Math.floor(random.next() * n);
const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
const maybe = <T>(value: T, share = 0.8): T | undefined => (random.next() < share ? value : undefined);
const GENRES = ['pop', 'rock', 'été', 'K-Pop "live"', '宇多田', 'a / b'];

function makeRows() {
  const known = (row: object) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  return {
    albums: ['album', 'single', null].map((album_type, at) => ({
      album_id: `b${at}`,
      ...known({ album_type: album_type ?? undefined }),
    })),
    tracks: Array.from({ length: 300 }, (_, at) => ({
      track_id: `t${String(at).padStart(3, '0')}`,
      album_id: `b${at % 4}`,
      genres: [...new Set(Array.from({ length: below(4) }, () => pick(GENRES)))],
      ...known({
        popularity: maybe(below(101)),
        duration_ms: maybe(below(400_000)),
        release_year: maybe(1960 + below(60)),
        energy: maybe(below(1_000) / 1_000),
        tempo: maybe((60_000 + below(120_000)) / 1_000),
        loudness: maybe(-below(60_000) / 1_000),
        instrumentalness: maybe(below(1_000) / 10 ** (3 + below(6))),
        valence: maybe(random.next()),
        key: maybe(below(12)),
        mode: maybe(below(2)),
        time_signature: maybe(3 + below(5)),
        is_explicit: maybe(random.next() < 0.3),
        features_provider: maybe('dataset'),
      }),
    })),
  };
}

let duckDb: FixtureCatalog;
let columns: FixtureCatalog;
beforeAll(async () => {
  console.log(`statistics of two engines: seed ${SEED}`);
  const rows = makeRows();
  duckDb = await openFixtureCatalog(rows);
  columns = await openFixtureCatalog(rows, { columns: true });
});
afterAll(async () => {
  await duckDb.close();
  await columns.close();
});

const NUMBERS = [
  'popularity',
  'durationMs',
  'releaseYear',
  'energy',
  'tempo',
  'loudness',
  'key',
  'timeSignature',
];
const MEASURES = [
  'POPULARITY',
  'DURATION_MS',
  'RELEASE_YEAR',
  'ENERGY',
  'TEMPO',
  'LOUDNESS',
  'INSTRUMENTALNESS',
];
const DIMENSIONS = [
  'GENRE',
  'ALBUM_TYPE',
  'RELEASE_YEAR',
  'RELEASE_DECADE',
  'KEY',
  'MODE',
  'TIME_SIGNATURE',
  'EXPLICIT',
  'SOURCE',
];
const STATISTICS = ['COUNT', 'MIN', 'MAX', 'SUM', 'AVG', 'MEDIAN', 'STDDEV'] as const;

function randomFilter(depth = 0): TrackFilter {
  const value = () => pick([0, 0.5, 1, 5, 50, 120, 1990, 200_000, -20]);
  const [low, high] = [value(), value()].sort((x, y) => x - y) as [number, number];
  const comparison = pick([
    { gte: low },
    { lt: high },
    { gt: low, lte: high },
    { eq: low },
    { ne: low },
    { between: [low, high] },
    { in: [low, high] },
    { in: [] },
    { isNull: random.next() < 0.5 },
    {},
  ]);
  if (depth < 3 && random.next() < 0.4) {
    const parts = Array.from({ length: below(3) }, () => randomFilter(depth + 1));
    return pick<TrackFilter>([{ and: parts }, { or: parts }, { not: randomFilter(depth + 1) }]);
  }
  return pick<TrackFilter>([
    { [pick(NUMBERS)]: comparison, [pick(NUMBERS)]: { gte: low } },
    { [pick(NUMBERS)]: comparison },
    { mode: pick(['MAJOR', 'MINOR'] as const) },
    { isExplicit: random.next() < 0.5 },
    { hasAudioFeatures: random.next() < 0.5 },
  ]);
}

function randomRequest(measures = MEASURES): StatsRequest {
  const groupBy = [...new Set(Array.from({ length: below(4) }, () => pick(DIMENSIONS)))];
  const figure = () => {
    const statistic = pick(STATISTICS);
    return statistic === 'COUNT' && random.next() < 0.5
      ? { statistic }
      : { statistic, measure: pick(measures) };
  };
  const ordered = () => {
    const { statistic, ...measure } = figure();
    return { by: statistic, ...measure, direction: pick(['ASC', 'DESC', null] as const) };
  };
  return {
    where: random.next() < 0.7 ? randomFilter() : null,
    groupBy,
    having: random.next() < 0.3 ? [{ ...figure(), gte: pick([1, 2, 0.5]) }] : null,
    orderBy: random.next() < 0.6 ? Array.from({ length: 1 + below(2) }, ordered) : null,
    page: random.next() < 0.7 ? { first: 1 + below(12) } : { last: 1 + below(12) },
  };
}

const AGGREGATES: readonly Aggregate[] = [
  { kind: 'rows' },
  { kind: 'share' },
  { kind: 'missing', measure: 'ENERGY' },
  { kind: 'percentile', measure: 'TEMPO', p: 90 },
  ...[1, 7, 33, 33.3, 66.7].map((p): Aggregate => ({ kind: 'percentile', measure: 'ENERGY', p })),
  ...STATISTICS.flatMap((statistic) =>
    ['ENERGY', 'TEMPO', 'DURATION_MS', 'INSTRUMENTALNESS'].map(
      (measure): Aggregate => ({ kind: 'statistic', statistic, measure }),
    ),
  ),
];

async function read(catalog: Catalog, request: StatsRequest) {
  const list = listGroups(catalog, TRACKS, request, { maxPageSize: 100 });
  const page = await list.page();
  const groups = page.edges.map(({ node }) => node);
  const [first] = groups;
  return {
    total: await list.count(),
    hasNextPage: page.hasNextPage,
    hasPreviousPage: page.hasPreviousPage,
    groups: groups.map(({ id, keys, labels }) => ({ id, keys, labels })),
    cursors: page.edges.map(({ cursor }) => cursor),
    figures: first ? await loadAggregates(first.plan, groups, AGGREGATES) : [],
  };
}

describe('statistics of two engines', () => {
  it('agree on 200 random questions to the bit, page by page, without a statement', async () => {
    for (let asked = 0; asked < 200; asked++) {
      const request = randomRequest();
      const expected = await read(duckDb.catalog, request);
      const before = columns.open.statements;
      expect(await read(columns.catalog, request), JSON.stringify(request)).toEqual(expected);
      expect(columns.open.statements, JSON.stringify(request)).toBe(before);
      const after = expected.cursors.at(-1);
      if (!after || request.page.last) continue;
      const next = { ...request, page: { first: 3, after } };
      expect(await read(columns.catalog, next), JSON.stringify(next)).toEqual(
        await read(duckDb.catalog, next),
      );
    }
  }, 120_000);

  it('agree on numbers that are too fine to be added exactly, which DuckDB alone adds', async () => {
    for (let asked = 0; asked < 40; asked++) {
      const request = randomRequest(['VALENCE', 'ENERGY']);
      expect(await read(columns.catalog, request), JSON.stringify(request)).toEqual(
        await read(duckDb.catalog, request),
      );
    }
    const fine: StatsRequest = { orderBy: [{ by: 'AVG', measure: 'VALENCE' }], page: {} };
    const before = columns.open.statements;
    await read(columns.catalog, fine);
    expect(columns.open.statements).toBeGreaterThan(before);
  }, 120_000);

  it('find the groups again by a sum that the other engine told', async () => {
    for (const [told, asked] of [
      [duckDb, columns],
      [columns, duckDb],
    ] as const) {
      const all = await read(told.catalog, { groupBy: ['KEY', 'GENRE'], page: { first: 100 } });
      const at = AGGREGATES.findIndex(
        (a) => a.kind === 'statistic' && `${a.statistic} ${a.measure}` === 'SUM ENERGY',
      );
      const sums = all.figures.map((row) => row[at] ?? null);
      for (const sum of sums.filter((known) => known !== null)) {
        const having = [{ statistic: 'SUM' as const, measure: 'ENERGY', gte: sum, lte: sum }];
        const found = await read(asked.catalog, { groupBy: ['KEY', 'GENRE'], having, page: { first: 100 } });
        expect(found.figures.map((row) => row[at])).toEqual(sums.filter((other) => other === sum));
        expect(found.total).toBe(found.groups.length);
      }
    }
  }, 60_000);

  it.each<['first' | 'last', 'after' | 'before', 'ASC' | 'DESC', number]>([
    ['first', 'after', 'ASC', -1],
    ['first', 'after', 'DESC', 1],
    ['last', 'before', 'ASC', 1],
    ['last', 'before', 'DESC', -1],
  ])('go on behind a group whose mean was another in the snapshot of the cursor: %s %s, %s', async (size, end, direction, nudge) => {
    const request = (page: object): StatsRequest => ({
      groupBy: ['GENRE'],
      orderBy: [{ by: 'AVG', measure: 'ENERGY', direction }],
      page,
    });
    for (const { catalog } of [columns, duckDb]) {
      const all = await read(catalog, request({ first: 100 }));
      const at = 3;
      const [order, mean, ...place] = JSON.parse(
        Buffer.from(all.cursors[at] as string, 'base64url').toString(),
      ) as [string, number, ...unknown[]];
      const nudged = Buffer.from(JSON.stringify([order, mean + nudge * 1e-15, ...place])).toString(
        'base64url',
      );
      const found = await read(catalog, request({ [size]: 2, [end]: nudged }));
      const ids = all.groups.map(({ id }) => id);
      expect(found.groups.map(({ id }) => id)).toEqual(
        end === 'after' ? ids.slice(at + 1, at + 3) : ids.slice(at - 2, at),
      );
    }
  });

  it('leave to DuckDB what columns do not hold', async () => {
    for (const request of [
      { groupBy: ['ALBUM'] },
      { groupBy: ['GENRE', 'PLAYLIST'] },
      { where: { name: { contains: 'a' } } },
      { where: { not: { genres: { some: { eq: 'pop' } } } } },
      { orderBy: [{ by: 'AVG' as const, measure: 'ARTIST_POPULARITY' }] },
    ]) {
      const before = columns.open.statements;
      const found = await read(columns.catalog, { ...request, page: {} });
      expect(found).toEqual(await read(duckDb.catalog, { ...request, page: {} }));
      expect(columns.open.statements).toBeGreaterThan(before);
    }
  });
});

describe('openColumns', () => {
  it('says why and leaves statistics to DuckDB where the columns would take more than they may', async () => {
    const { manifest, dataDir, remove } = await createGoldFixture({
      tracks: Array.from({ length: 60_000 }, (_, at) => ({ track_id: `t${at}`, tempo: at / 7 })),
    });
    const { log, lines } = createKeptLog();
    const found = openFixtureColumns(manifest, dataDir, { maxMb: 1, log });
    await found.load();
    expect(found.current()).toBeNull();
    expect(lines.join('\n')).toMatch(/columns for statistics are not in memory.*GROOVELAKE_STATS_MEMORY_MB/i);
    await found.close();
    await remove();
  });

  it('answers null for what was under way when it is closed, so that another engine answers', async () => {
    const { manifest, dataDir } = duckDb.fixture;
    const found = openFixtureColumns(manifest, dataDir);
    await found.load();
    const answer = found.current()?.ask({ test: { all: [] }, groupBy: [], figures: [] });
    await found.close();
    expect([null, { passed: 300, groups: Int32Array.of(0), figures: [] }]).toContainEqual(await answer);
    expect(found.current()).toBeNull();
  });
});
