import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { execute, query } from '../execute.ts';

const SEED = 20261120;
const random = seededRandomness(SEED);
const maybe = <T>(value: T, share = 0.15): T | null => (random.next() < share ? null : value);
/** Of four places, as providers tell them. */
const decimal = (from: number, to: number) =>
  Math.round((from + (to - from) * random.next()) * 10_000) / 10_000;
const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;

interface Row {
  readonly track_id: string;
  readonly artists: string[];
  readonly energy: number | null;
  readonly tempo: number | null;
  readonly loudness: number | null;
  readonly popularity: number | null;
  readonly release_year: number | null;
  readonly mode: number | null;
}

/** Two years have no tracks. */
const GAP = [1993, 1994];
const skipGap = (year: number) => (GAP.includes(year) ? 1995 : year);

const ROWS: Row[] = Array.from({ length: 400 }, (_, at) => ({
  track_id: `t${String(at).padStart(3, '0')}`,
  artists: [...new Set([pick(['a', 'b', 'c', 'd']), pick(['a', 'b', 'c', 'd', 'e'])])],
  energy: maybe(decimal(0, 1)),
  tempo: maybe(decimal(60, 180)),
  loudness: maybe(decimal(-60, 0)),
  popularity: maybe(Math.floor(101 * random.next())),
  release_year: maybe(skipGap(1980 + Math.floor(30 * random.next()))),
  mode: maybe(random.next() < 0.6 ? 1 : 0),
}));

const engines: { duckDb?: FixtureCatalog; columns?: FixtureCatalog } = {};
let opened: FixtureCatalog;
beforeAll(async () => {
  console.log(`stats: seed ${SEED}`);
  const noNulls = (row: object) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
  const rows = {
    artists: ['a', 'b', 'c', 'd', 'e'].map((artist_id) => ({
      artist_id,
      name: `Artist ${artist_id}`,
      genres: artist_id === 'e' ? [] : [`g${artist_id}`],
    })),
    tracks: ROWS.map((row) => ({
      ...(noNulls(row) as { track_id: string; artists: string[] }),
      duration_ms: 1_000,
    })),
  };
  engines.duckDb = await openFixtureCatalog(rows);
  engines.columns = await openFixtureCatalog(rows, { columns: true });
  opened = engines.duckDb;
});
afterAll(async () => {
  await engines.duckDb?.close();
  await engines.columns?.close();
});

// ---- the independent computation
const known = (values: readonly (number | null)[]) => values.filter((value) => value !== null);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  const at = (p / 100) * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? 0;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? 0) - low);
}
const stddev = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1));
const near = (value: unknown, expected: number) =>
  expect(Math.abs(Number(value) - expected)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected)));

interface Numbers {
  count: number;
  missing: number;
  min: number;
  max: number;
  sum: number;
  avg: number;
  median: number;
  stddev: number;
  p90: number;
}
interface Group {
  group: {
    label: string;
    keys: { dimension: string; value: string | null }[];
    artist: { id: string } | null;
  };
  count: number;
  artistCount: number;
  shareOfTotal: number;
  energy: Numbers;
  tempo: Numbers;
}
const FIGURES = 'count missing min max sum avg median stddev p90: percentile(p: 90)';

function checkNumbers(numbers: Numbers, rows: readonly Row[], name: 'energy' | 'tempo'): void {
  const values = known(rows.map((row) => row[name]));
  expect(numbers.count).toBe(values.length);
  expect(numbers.missing).toBe(rows.length - values.length);
  near(numbers.min, Math.min(...values));
  near(numbers.max, Math.max(...values));
  near(
    numbers.sum,
    values.reduce((sum, value) => sum + value, 0),
  );
  near(numbers.avg, mean(values));
  near(numbers.median, percentile(values, 50));
  near(numbers.p90, percentile(values, 90));
  near(numbers.stddev, stddev(values));
}

async function groups(args: string): Promise<Group[]> {
  const data = await query(
    opened,
    `{ trackStats(${args} first: 100) { nodes { group { label keys { dimension value } artist { id } } count artistCount shareOfTotal
       energy { ${FIGURES} } tempo { ${FIGURES} } } } }`,
  );
  return (data.trackStats as { nodes: Group[] }).nodes;
}

describe.each(['duckDb', 'columns'] as const)('trackStats by %s', (engine) => {
  beforeAll(() => {
    opened = engines[engine] as FixtureCatalog;
  });
  afterAll(() => {
    opened = engines.duckDb as FixtureCatalog;
  });

  it('is one row over everything without groupBy', async () => {
    const [all, ...more] = await groups('');
    expect(more).toEqual([]);
    expect(all).toMatchObject({
      group: { label: '', keys: [] },
      count: 400,
      shareOfTotal: 1,
      artistCount: 5,
    });
    checkNumbers(all?.energy as Numbers, ROWS, 'energy');
    checkNumbers(all?.tempo as Numbers, ROWS, 'tempo');
  });

  it('agrees with an independent computation in every group of a dimension, missing values in a group of their own', async () => {
    const nodes = await groups('groupBy: [RELEASE_DECADE]');
    const decade = (row: Row) =>
      row.release_year === null ? '(none)' : `${Math.floor(row.release_year / 10) * 10}s`;
    const expected = Map.groupBy(ROWS, decade);
    expect(new Set(nodes.map((node) => node.group.label))).toEqual(new Set(expected.keys()));
    for (const node of nodes) {
      const rows = expected.get(node.group.label) ?? [];
      expect(node.count).toBe(rows.length);
      near(node.shareOfTotal, rows.length / ROWS.length);
      expect(node.artistCount).toBe(new Set(rows.flatMap((row) => row.artists)).size);
      checkNumbers(node.energy, rows, 'energy');
    }
    expect(nodes.find((node) => node.group.label === '(none)')?.group.keys).toEqual([
      { dimension: 'RELEASE_DECADE', value: null },
    ]);
  });

  it('counts a track once in each of its groups', async () => {
    const nodes = await groups('groupBy: [ARTIST]');
    for (const node of nodes) {
      const rows = ROWS.filter((row) => row.artists.includes(node.group.artist?.id ?? ''));
      expect(node.count).toBe(rows.length);
      checkNumbers(node.energy, rows, 'energy');
    }
  });

  it('groups by up to three dimensions and orders by any statistic, also one that is not shown', async () => {
    const nodes = await groups(
      'groupBy: [ARTIST, MODE, RELEASE_DECADE] orderBy: [{ by: STDDEV, measure: LOUDNESS, direction: DESC }]',
    );
    const key = (row: Row, artist: string) =>
      [
        `Artist ${artist}`,
        row.mode === null ? '(none)' : row.mode ? 'MAJOR' : 'MINOR',
        row.release_year === null ? '(none)' : `${Math.floor(row.release_year / 10) * 10}s`,
      ].join(' / ');
    const expected = Map.groupBy(
      ROWS.flatMap((row) => row.artists.map((artist) => ({ row, label: key(row, artist) }))),
      ({ label }) => label,
    );
    const deviations = nodes.map((node) =>
      stddev(known((expected.get(node.group.label) ?? []).map(({ row }) => row.loudness))),
    );
    const numbers = deviations.filter((value) => !Number.isNaN(value));
    expect(numbers).toEqual([...numbers].sort((x, y) => y - x));
    expect(nodes.length).toBe(Math.min(100, expected.size));
  });

  it('keeps the groups that meet all conditions', async () => {
    const nodes = await groups(
      'groupBy: [RELEASE_YEAR] having: [{ statistic: COUNT, gte: 12 }, { statistic: AVG, measure: ENERGY, gt: 0.45 }]',
    );
    const expected = [...Map.groupBy(ROWS, (row) => String(row.release_year ?? '(none)'))].filter(
      ([, rows]) => rows.length >= 12 && mean(known(rows.map((row) => row.energy))) > 0.45,
    );
    expect(new Set(nodes.map((node) => node.group.label))).toEqual(new Set(expected.map(([label]) => label)));
  });

  it('applies the filter before it groups', async () => {
    const [all] = await groups('where: { energy: { gte: 0.5 }, not: { releaseYear: { isNull: true } } }');
    expect(all?.count).toBe(
      ROWS.filter((row) => (row.energy ?? -1) >= 0.5 && row.release_year !== null).length,
    );
  });

  it('has a count of 0 and no other figure where nothing passes', async () => {
    const data = await query(
      opened,
      '{ trackStats(where: { energy: { gt: 2 } }) { nodes { count energy { count missing avg median sum stddev histogram { count } } } } }',
    );
    expect(data).toEqual({
      trackStats: {
        nodes: [
          {
            count: 0,
            energy: { count: 0, missing: 0, avg: null, median: null, sum: null, stddev: null, histogram: [] },
          },
        ],
      },
    });
  });

  it('pages with cursors, and counts its groups', async () => {
    const labels: string[] = [];
    let after: string | null = null;
    for (;;) {
      const data: Record<string, unknown> = await query(
        opened,
        'query($after: String) { trackStats(groupBy: [RELEASE_YEAR], first: 7, after: $after) { totalCount nodes { group { label } } pageInfo { hasNextPage endCursor } } }',
        { variables: { after } },
      );
      const page = data.trackStats as {
        totalCount: number;
        nodes: { group: { label: string } }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      labels.push(...page.nodes.map((node) => node.group.label));
      expect(page.totalCount).toBe(new Set(ROWS.map((row) => row.release_year)).size);
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(new Set(labels).size).toBe(labels.length);
    expect(labels.length).toBe(new Set(ROWS.map((row) => row.release_year)).size);
  });

  it('cuts histograms into bins of equal width that hold every value once', async () => {
    const data = await query(
      opened,
      '{ trackStats { nodes { energy { histogram(bins: 8) { from to count } ranged: histogram(bins: 4, min: 0.25, max: 0.75) { from to count } } } } }',
    );
    const { histogram, ranged } =
      (
        data.trackStats as {
          nodes: { energy: Record<string, { from: number; to: number; count: number }[]> }[];
        }
      ).nodes[0]?.energy ?? {};
    const values = known(ROWS.map((row) => row.energy));
    expect(histogram).toHaveLength(8);
    expect(histogram?.reduce((sum, bin) => sum + bin.count, 0)).toBe(values.length);
    for (const [at, bin] of (ranged ?? []).entries()) {
      const isLast = at === 3;
      expect(bin.count).toBe(
        values.filter((value) => value >= bin.from && (isLast ? value <= bin.to : value < bin.to)).length,
      );
    }
  });

  it('costs one statement for its groups and one for all its figures, however many, and none where columns have them', async () => {
    const before = opened.open.statements;
    await query(
      opened,
      `{ trackStats(groupBy: [RELEASE_YEAR], first: 50) { nodes { group { label } count energy { ${FIGURES} } tempo { ${FIGURES} } loudness { ${FIGURES} } } } }`,
    );
    expect(opened.open.statements - before).toBe(engine === 'duckDb' ? 2 : 0);
  });

  it.each([
    ['groupBy: [ARTIST, MODE, KEY, LABEL]', 'groupBy'],
    ['groupBy: [MODE, MODE]', 'groupBy'],
    ['having: [{ statistic: AVG, gt: 1 }]', 'having'],
    ['having: [{ statistic: COUNT }]', 'having'],
    ['orderBy: [{ by: AVG }]', 'orderBy'],
    ['first: 0', 'first'],
    ['first: 101', 'first'],
    ['after: "nonsense"', 'after'],
  ])('refuses %s and names the argument', async (args, field) => {
    const { errors } = await execute(opened, `{ trackStats(${args}) { nodes { count } } }`);
    expect(errors?.[0]?.message).toMatch(/expected/);
    expect(JSON.stringify(errors)).toContain(field);
  });
});

describe('a percentile that there is none of', () => {
  it.each([
    [
      'groups',
      'trackStats(groupBy: [RELEASE_YEAR], first: 2) { nodes { count energy { avg p: percentile(p: 150) } } }',
    ],
    ['everything', 'trackStats { nodes { count energy { avg p: percentile(p: -1) } } }'],
  ])('is null by itself: the other figures of %s are there', async (_of, field) => {
    for (const fixture of [engines.duckDb, engines.columns]) {
      const { data, errors } = await execute(fixture as FixtureCatalog, `{ ${field} }`);
      const { nodes } = data?.trackStats as { nodes: { count: number; energy: { avg: number; p: null } }[] };
      for (const { count, energy } of nodes) {
        expect(count).toBeGreaterThan(0);
        expect([energy.avg > 0, energy.p]).toEqual([true, null]);
      }
      expect(errors?.map(({ path }) => path)).toEqual(
        nodes.map((_node, at) => ['trackStats', 'nodes', at, 'energy', 'p']),
      );
      for (const { message } of errors ?? []) expect(message).toContain('a number from 0 to 100 is expected');
    }
  });
});

describe('fields of many parents', () => {
  it('cost one statement per level: stats and rankings of all artists', async () => {
    const before = opened.open.statements;
    const data = await query(
      opened,
      '{ artists(first: 5) { nodes { id stats { count energy { avg median } } topTracks(by: ENERGY, first: 3) { rank value track { id } } } } }',
    );
    // The artists, their figures, their rankings, the ranked tracks.
    expect(opened.open.statements - before).toBe(4);
    for (const artist of (
      data.artists as {
        nodes: {
          id: string;
          stats: { count: number; energy: { avg: number } };
          topTracks: { rank: number; value: number }[];
        }[];
      }
    ).nodes) {
      const rows = ROWS.filter((row) => row.artists.includes(artist.id));
      expect(artist.stats.count).toBe(rows.length);
      near(artist.stats.energy.avg, mean(known(rows.map((row) => row.energy))));
      const best = known(rows.map((row) => row.energy))
        .sort((x, y) => y - x)
        .slice(0, 3);
      expect(artist.topTracks.map(({ value }) => value)).toEqual(best);
      expect(artist.topTracks.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    }
  });
});

describe('a ranking', () => {
  it('has a recording once, by the most popular of its tracks that have a value, unless all are asked for', async () => {
    const track = (track_id: string, popularity: number, energy?: number) => ({
      track_id,
      recording_id: track_id.slice(0, 1),
      artists: ['x'],
      popularity,
      ...(energy === undefined ? {} : { energy }),
    });
    const few = await openFixtureCatalog({
      artists: [{ artist_id: 'x' }],
      // Of "a" the most popular has no energy; of "b" two are as popular as each other.
      tracks: [
        track('a', 50, 0.9),
        track('a2', 70, 0.2),
        track('a3', 99),
        track('b2', 10, 0.4),
        track('b', 10, 0.1),
      ],
    });
    const ranked = async (args: string) => {
      const { artist } = (await query(
        few,
        `{ artist(id: "x") { topTracks(${args}) { rank track { id recordingId } } } }`,
      )) as {
        artist: { topTracks: { rank: number; track: { id: string; recordingId: string } }[] };
      };
      return artist.topTracks.map(
        ({ rank, track: { id, recordingId } }) => `${rank} ${id} of ${recordingId}`,
      );
    };
    expect(await ranked('by: ENERGY')).toEqual(['1 a2 of a', '2 b of b']);
    expect(await ranked('by: POPULARITY')).toEqual(['1 a3 of a', '2 b of b']);
    expect(await ranked('by: ENERGY, includeDuplicates: true')).toEqual([
      '1 a of a',
      '2 b2 of b',
      '3 a2 of a',
      '4 b of b',
    ]);
    await few.close();
  });
});

describe('correlation', () => {
  it('agrees with the definition over the tracks that have both', async () => {
    const both = ROWS.filter((row) => row.energy !== null && row.tempo !== null);
    const [x, y] = [both.map((row) => row.energy ?? 0), both.map((row) => row.tempo ?? 0)];
    const sxy = x.reduce((sum, value, at) => sum + (value - mean(x)) * ((y[at] ?? 0) - mean(y)), 0);
    const sxx = x.reduce((sum, value) => sum + (value - mean(x)) ** 2, 0);
    const syy = y.reduce((sum, value) => sum + (value - mean(y)) ** 2, 0);
    const { correlation } = (await query(
      opened,
      '{ correlation(x: ENERGY, y: TEMPO) { n pearson slope intercept rSquared } }',
    )) as { correlation: Record<string, number> };
    expect(correlation.n).toBe(both.length);
    near(correlation.pearson, sxy / Math.sqrt(sxx * syy));
    near(correlation.slope, sxy / sxx);
    near(correlation.intercept, mean(y) - (sxy / sxx) * mean(x));
    near(correlation.rSquared, sxy ** 2 / (sxx * syy));
  });

  it('is null for a constant measure, and refuses a measure twice', async () => {
    const { correlation } = (await query(
      opened,
      '{ correlation(x: DURATION_MS, y: ENERGY) { pearson slope } }',
    )) as { correlation: object };
    expect(correlation).toEqual({ pearson: null, slope: null });
    const { errors } = await execute(opened, '{ correlations(measures: [ENERGY, ENERGY]) { pearson } }');
    expect(errors?.[0]?.message).toContain('different measures');
  });

  it('gives every pair of a matrix once, in one statement', async () => {
    const before = opened.open.statements;
    const { correlations } = (await query(
      opened,
      '{ correlations(measures: [ENERGY, TEMPO, LOUDNESS, POPULARITY]) { x y } }',
    )) as { correlations: { x: string; y: string }[] };
    expect(correlations).toHaveLength(6);
    expect(opened.open.statements - before).toBe(1);
  });
});

describe('correlations', () => {
  it('are held to the limits once they are read, as lists are that take no size', async () => {
    const measures = '[ENERGY, TEMPO, LOUDNESS, POPULARITY, RELEASE_YEAR]';
    const fields = Array.from(
      { length: 10 },
      (_, at) => `a${at}: correlations(measures: ${measures}) { pearson }`,
    );
    const ask = (most: number) =>
      execute(opened, `{ ${fields.join(' ')} }`, { env: { GROOVELAKE_MAX_ROWS: String(most) } });
    // Ten pairs each, three of which were counted before.
    expect((await ask(69)).errors?.[0]).toMatchObject({
      message: expect.stringContaining('"Query.correlations" gives all there are.'),
      extensions: { code: 'TOO_MANY_ROWS', given: 70, limit: 69 },
    });
    expect((await ask(70)).errors).toBeUndefined();
  });
});

describe('timeline', () => {
  it('fills gaps, counts the change on the period before, and fits the trend', async () => {
    const { timeline } = (await query(
      opened,
      '{ timeline(of: TRACKS, measure: COUNT, grain: YEAR) { excluded points { period value previous change changeRate } trend { slope intercept forecast(periods: 2) { period value previous } } } }',
    )) as {
      timeline: {
        excluded: number;
        points: {
          period: string;
          value: number;
          previous: number | null;
          change: number | null;
          changeRate: number | null;
        }[];
        trend: {
          slope: number;
          intercept: number;
          forecast: { period: string; value: number; previous: number }[];
        };
      };
    };
    const counts = Map.groupBy(
      ROWS.filter((row) => row.release_year !== null),
      (row) => row.release_year ?? 0,
    );
    expect(timeline.excluded).toBe(ROWS.filter((row) => row.release_year === null).length);
    expect(timeline.points.map(({ period }) => period)).toEqual(
      Array.from({ length: 30 }, (_, at) => String(1980 + at)),
    );
    expect(timeline.points.filter(({ value }) => value === 0).map(({ period }) => Number(period))).toEqual(
      GAP,
    );
    const [, , afterGap] = timeline.points.slice(1993 - 1980);
    expect([afterGap?.previous, afterGap?.changeRate]).toEqual([0, null]);
    for (const [at, point] of timeline.points.entries()) {
      expect(point.change).toBe(at === 0 ? null : point.value - (point.previous ?? 0));
      expect(point.value).toBe(counts.get(Number(point.period))?.length ?? 0);
      expect(point.previous).toBe(timeline.points[at - 1]?.value ?? null);
      if (point.previous) near(point.changeRate, (point.value - point.previous) / point.previous);
    }
    const y = timeline.points.map((point) => point.value);
    const x = y.map((_, at) => at);
    const slope =
      x.reduce((sum, value, at) => sum + (value - mean(x)) * ((y[at] ?? 0) - mean(y)), 0) /
      x.reduce((sum, value) => sum + (value - mean(x)) ** 2, 0);
    near(timeline.trend.slope, slope);
    const last = Number(timeline.points.at(-1)?.period);
    expect(timeline.trend.forecast.map(({ period }) => period)).toEqual([String(last + 1), String(last + 2)]);
    near(timeline.trend.forecast[0]?.value, timeline.trend.intercept + slope * y.length);
    expect(timeline.trend.forecast[0]?.previous).toBe(y.at(-1));
  });
});

describe('scatter', () => {
  it('gives the same sample for the same seed, of tracks that have both values', async () => {
    const sample = async (seed: number) =>
      (
        (await query(
          opened,
          `{ scatter(x: ENERGY, y: TEMPO, sample: 20, seed: ${seed}, colorBy: MODE) { x y color track { id } } }`,
        )) as { scatter: { x: number; y: number; track: { id: string } }[] }
      ).scatter;
    const first = await sample(1);
    expect(first).toHaveLength(20);
    expect(await sample(1)).toEqual(first);
    expect(await sample(2)).not.toEqual(first);
    for (const point of first) {
      const row = ROWS.find(({ track_id }) => track_id === point.track.id);
      expect([row?.energy, row?.tempo]).toEqual([point.x, point.y]);
    }
  });
});
