// What a listener is told about how their plays sound, beside a computation of its own, and as a table.
import { graphql } from 'graphql';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { checkTable, openTable } from '../../../src/http/export/table.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import { createRateLimit } from '../../../src/http/limits/rate-limit.ts';
import type { Context } from '../../../src/schema/context.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { readForm } from '../../../src/store/export/export-form.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { makePlay, openListeningFixture } from '../../store/listening/listening-fixture.ts';

const id = (name: string) => name.padEnd(22, '0');
const at = (day: number) => Date.UTC(2024, 4, day, 12);

const tracks = [
  { name: 'slow', tempo: 60, speechiness: 0.1, instrumentalness: 0.8, release_year: 1981 },
  { name: 'middle', tempo: 100, speechiness: 0.2, instrumentalness: 0.5, release_year: 1984 },
  { name: 'fast', tempo: 160, speechiness: 0.4, instrumentalness: 0.1, release_year: 1996 },
  { name: 'unknown', tempo: null, speechiness: 0.3, instrumentalness: null, release_year: 1996 },
];
/** By day: slow once, middle three times, fast twice, the others once; what is short, and a year before, counts for nothing. */
const plays = [
  ...['slow', 'middle', 'fast', 'middle', 'fast', 'middle', 'unknown'].map((name, day) =>
    makePlay({ endedAt: at(day + 1), trackId: id(name), trackName: name }),
  ),
  makePlay({ endedAt: at(8), trackId: id('lacking'), trackName: 'lacking' }),
  makePlay({ endedAt: at(9), trackId: id('slow'), trackName: 'slow', msPlayed: 5_000 }),
  makePlay({ endedAt: at(1) - 366 * 86_400_000, trackId: id('slow'), trackName: 'slow' }),
];

async function openListener(env: Readonly<Record<string, string>> = {}) {
  const rows = tracks.map(({ name, ...of }) => ({ track_id: id(name), name, ...of }));
  const { listening, dataDir } = await openListeningFixture(plays, {
    artists: [{ artist_id: id('rush'), name: 'Rush', followers: 3_000_000_000, genres: ['prog'] }],
    tracks: rows.map((row) => ({ ...row, artists: [id('rush')] })),
  });
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env });
  const createContext = () =>
    ({
      config,
      clock: systemClock,
      catalog: listening,
      lists: createListBudget(config),
      loaders: createLoaders(
        () => listening,
        {} as RunStore,
        () => ({}) as Context['landing'],
      ),
      findListener: async () => ({ account: { id: 'sandbox' }, listening, exports: [] }),
      signal: new AbortController().signal,
    }) as unknown as Context;
  const schema = buildSchema();
  const ask = async (fields: string) => {
    const source = `{ me { wrapped(year: 2024) { ${fields} } } }`;
    const { data, errors } = await graphql({ schema, source, contextValue: createContext() });
    if (errors) throw errors[0];
    return JSON.parse(JSON.stringify((data as { me: { wrapped: object } }).me.wrapped));
  };
  const askTable = async (query: string, env: Readonly<Record<string, string>> = {}) => {
    const limited = readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env });
    const rate = createRateLimit(config.ratePoints, systemClock);
    const parts = { schema, config: limited, clock: systemClock, rate };
    const request = {
      params: { query, operationName: null, variables: {} },
      form: readForm('csv' as const, () => []),
      caller: null,
      scope: 'read' as const,
      signal: new AbortController().signal,
      createContext,
    };
    const pieces: Uint8Array[] = [];
    for await (const piece of (await openTable(request, checkTable(request, parts), parts)).bytes)
      pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  };
  return { ask, askTable };
}

describe('figures about the sound of plays', () => {
  it('are weighted by plays, as totals, taste and tempo are, and say what the catalogue lacks', async () => {
    const { ask } = await openListener();
    const { totals, tempo, playStats } = await ask(
      `totals { plays } tempo { mean median }
       playStats { totalCount nodes { count tempo { count missing avg median min max histogram(bins: 2) { from to count } } artistFollowers { count missing max } releaseYear { min max } } }`,
    );
    expect(totals.plays).toBe(8);
    expect(playStats).toEqual({
      totalCount: 1,
      nodes: [
        {
          count: 8,
          tempo: {
            count: 6,
            missing: 2,
            avg: tempo.mean,
            median: tempo.median,
            min: 60,
            max: 160,
            histogram: [
              { from: 60, to: 110, count: 4 },
              { from: 110, to: 160, count: 2 },
            ],
          },
          artistFollowers: { count: 7, missing: 1, max: 3_000_000_000 },
          releaseYear: { min: 1981, max: 1996 },
        },
      ],
    });
    expect(tempo.median).toBe(100);
  });

  it('tell when the longest session began as an instant', async () => {
    const { ask, askTable } = await openListener();
    const { sessions } = await ask('sessions { longestFrom }');
    const began = new Date(at(1) - makePlay({ endedAt: at(1) }).msPlayed).toISOString();
    expect(sessions).toEqual({ longestFrom: began });
    // As an instant of a table is written, in microseconds.
    expect(await askTable('{ me { wrapped(year: 2024) { sessions { longestFrom } } } }')).toContain(
      began.replace('Z', '000Z'),
    );
  });

  it('are grouped by what tracks are grouped by', async () => {
    const { ask } = await openListener();
    const { playStats } = await ask(
      'playStats(groupBy: [RELEASE_DECADE]) { nodes { group { label } count shareOfTotal artistCount tempo { avg } } }',
    );
    const node = (label: string, count: number, artistCount: number, avg: number | null) => ({
      group: { label },
      count,
      shareOfTotal: count / 8,
      artistCount,
      tempo: { avg },
    });
    expect(playStats.nodes).toEqual([
      node('1980s', 4, 1, 90),
      node('1990s', 3, 1, 160),
      node('(none)', 1, 0, null),
    ]);
    for (const dimension of ['ARTIST', 'ALBUM_TYPE', 'GENRE', 'PLAYLIST', 'MODE', 'PLAYLIST_GENRE'])
      expect(
        (await ask(`playStats(groupBy: [${dimension}]) { nodes { count } }`)).playStats.nodes,
      ).not.toEqual([]);
  });

  it('have a regression over the points that are plotted', async () => {
    const { ask } = await openListener();
    const axes = 'x: SPEECHINESS, y: INSTRUMENTALNESS';
    const { correlation, scatter, few, again, other } = await ask(
      `correlation(${axes}) { x y n pearson slope intercept rSquared } scatter(${axes}) { x y color track { name } }
       few: scatter(${axes}, sample: 3) { x } again: scatter(${axes}, sample: 3) { x }
       other: scatter(x: ARTIST_POPULARITY, y: TEMPO) { x }`,
    );
    expect(scatter).toHaveLength(6);
    const names = scatter.map((point: { track: { name: string } }) => point.track.name).sort();
    expect(names).toEqual(['fast', 'fast', 'middle', 'middle', 'middle', 'slow']);
    const mean = (of: 'x' | 'y') =>
      scatter.reduce((sum: number, point: Record<'x' | 'y', number>) => sum + point[of], 0) / scatter.length;
    const [mx, my] = [mean('x'), mean('y')];
    const sum = (of: (dx: number, dy: number) => number) =>
      scatter.reduce((all: number, { x, y }: Record<'x' | 'y', number>) => all + of(x - mx, y - my), 0);
    const [xx, yy, xy] = [sum((dx) => dx * dx), sum((_, dy) => dy * dy), sum((dx, dy) => dx * dy)];
    expect(correlation).toEqual({
      x: 'SPEECHINESS',
      y: 'INSTRUMENTALNESS',
      n: 6,
      pearson: expect.closeTo(xy / Math.sqrt(xx * yy), 10),
      slope: expect.closeTo(xy / xx, 10),
      intercept: expect.closeTo(my - (xy / xx) * mx, 10),
      rSquared: expect.closeTo((xy * xy) / (xx * yy), 10),
    });
    expect([few.length, other.length]).toEqual([3, 0]);
    expect(again).toEqual(few);
  });

  it('refuse what the same question about tracks refuses', async () => {
    const { ask } = await openListener();
    await expect(ask('scatter(x: TEMPO, y: ENERGY, sample: 0) { x }')).rejects.toThrow(/"sample" is 0/);
    await expect(ask('playStats(groupBy: [KEY, KEY]) { totalCount }')).rejects.toThrow(/"groupBy" is/);
  });
});

describe('a rhythm', () => {
  it('counts days beyond those of a year, as one play of a wrong date makes them many', async () => {
    const points = async (rows: number) =>
      (await openListener({ GROOVELAKE_MAX_ROWS: `${rows}` })).askTable(
        '{ me { period { rhythm(by: DAY) { label } } } }',
      );
    expect((await points(9)).trim().split('\n')).toHaveLength(1 + 366 + 9);
    await expect(points(8)).rejects.toMatchObject({ extensions: { code: 'TOO_MANY_ROWS', given: 9 } });
  });
});

describe('the listening of an account as a table', () => {
  it('has its plays in pages, its top lists, its rhythm and its figures', async () => {
    const { askTable } = await openListener();
    const all = await askTable(
      '{ me { plays(from: "2024-01-01T00:00:00Z") { nodes { trackName msPlayed track { durationMs } } } } }',
    );
    expect(all.trim().split('\n')).toHaveLength(1 + 9);
    expect(all).toMatch(/^trackName,msPlayed,track_durationMs\nslow,5000,\nlacking,180000,\n/);
    expect(await askTable('{ me { wrapped(year: 2024) { topTracks(first: 2) { rank name plays } } } }')).toBe(
      'rank,name,plays\n1,middle,3\n2,fast,2\n',
    );
    const hours = await askTable('{ me { wrapped(year: 2024) { rhythm(by: HOUR) { label plays } } } }');
    expect(hours.split('\n')).toHaveLength(1 + 24 + 1);
    expect(hours).toContain('\n12,8\n');
    expect(
      await askTable(
        '{ me { wrapped(year: 2024) { playStats { nodes { tempo { histogram(bins: 2) { from to count } } } } } } }',
      ),
    ).toBe('tempo_histogram_from,tempo_histogram_to,tempo_histogram_count\n60.0,110.0,4\n110.0,160.0,2\n');
  });

  it('is refused beyond the limit of rows, whether they come in pages or not', async () => {
    const { askTable } = await openListener();
    const env = { GROOVELAKE_TABLE_MAX_ROWS: '5' };
    for (const fields of [
      'plays { nodes { trackName } }',
      'wrapped(year: 2024) { rhythm(by: HOUR) { label } }',
    ])
      await expect(askTable(`{ me { ${fields} } }`, env)).rejects.toMatchObject({
        message: expect.stringMatching(/rows; the limit is 5\./),
        extensions: { code: 'TOO_MANY_ROWS', limit: 5 },
      });
  });
});
