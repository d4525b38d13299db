// Which list the rows of a table are, and what a row is made of.
import { GraphQLError, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { planTable, type TablePlan } from '../../../src/http/export/table-plan.ts';
import { findOperation } from '../../../src/http/limits/limits.ts';
import { buildSchema } from '../../../src/schema/schema.ts';

const schema = buildSchema();

function plan(query: string, variables: Record<string, unknown> = {}): TablePlan {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const found = findOperation(document, null);
  if (!found) throw new Error('no operation');
  const planned = planTable({ schema, ...found, variables });
  // What is executed must be as valid as what was asked, but for the variables that it need not use any more.
  for (const made of [planned.document, planned.countDocument])
    if (made)
      expect(
        validate(schema, made).filter(({ message }) => !/is never used|is not used/.test(message)),
      ).toEqual([]);
  return planned;
}

/** The rows of an answer as objects. */
function rowsOf(query: string, data: Record<string, unknown>): Record<string, unknown>[] {
  const { columns, read } = plan(query);
  return read(data).rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, row[at]])));
}

function refusalOf(query: string): string {
  try {
    plan(query);
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions.code === 'NOT_TABULAR') return error.message;
    throw error;
  }
  throw new Error(`a table was made of ${query}`);
}

const top = (rank: number, name: string) => ({ rank, name });

describe('the rows of a table', () => {
  it('are the items of the one list that is selected, however deep it lies', () => {
    const topTracks = [top(1, 'Limelight'), top(2, 'Subdivisions')];
    expect(
      rowsOf('{ me { displayName wrapped(year: 2025) { totals { plays } topTracks { rank name } } } }', {
        me: { wrapped: { topTracks } },
      }),
    ).toEqual(topTracks);
    expect(rowsOf('{ me { period { rhythm(by: HOUR) { label plays } } } }', { me: null })).toEqual([]);
  });

  it('have no column of what is beside the way to them, which is named', () => {
    const leftOut = (query: string) => plan(query).leftOut;
    expect(
      leftOut('{ me { name: displayName wrapped(year: 2025) { totals { plays } topTracks { rank } } } }'),
    ).toEqual(['me.name', 'me.wrapped.totals']);
    expect(leftOut('{ artists { totalCount nodes { name } edges { cursor } } }')).toEqual([
      'artists.totalCount',
      'artists.edges',
    ]);
    expect(leftOut('{ artists { __typename nodes { name albums(first: 1) { nodes { name } } } } }')).toEqual(
      [],
    );
    expect(leftOut('{ correlation(x: ENERGY, y: TEMPO) { n pearson } }')).toEqual([]);
  });

  it('come in pages where they are of a connection, which may lie below others', () => {
    const { isPaged, first, after, document, countDocument, read, readCount } = plan(
      'query Mine { me { id plays(from: "2025-01-01T00:00:00Z", first: 70, after: "x") { totalCount nodes { trackName } } } }',
    );
    expect([isPaged, first, after]).toEqual([true, 70, 'x']);
    const flat = (made: typeof document | null) => made && print(made).replace(/[\s,]+/g, ' ');
    expect(flat(document)).toContain(
      'plays( from: "2025-01-01T00:00:00Z" first: $tablePageSize after: $tablePageAfter )',
    );
    expect(flat(document)).not.toContain('id');
    expect(flat(countDocument)).toMatch(/plays\(from: "2025-01-01T00:00:00Z"\) \{ totalCount \}/);
    const page = { nodes: [{ trackName: 'YYZ' }], tablePage: { hasNextPage: true, endCursor: 'y' } };
    expect(read({ me: { plays: page } })).toEqual({ rows: [['YYZ']], taken: 1, next: 'y' });
    expect(read({ me: null })).toEqual({ rows: [], taken: 0, next: null });
    expect([readCount({ me: { plays: { totalCount: 3 } } }), readCount({ me: null })]).toEqual([3, 0]);
  });

  it('are nodes before edges, and edges where there are no nodes', () => {
    const edges = [{ cursor: 'c', node: { name: 'Rush' } }];
    expect(rowsOf('{ artists { edges { cursor node { name } } } }', { artists: { edges } })).toEqual([
      { cursor: 'c', node_name: 'Rush' },
    ]);
    expect(
      rowsOf('{ artists { edges { cursor } nodes { name } } }', { artists: { nodes: [{ name: 'Rush' }] } }),
    ).toEqual([{ name: 'Rush' }]);
  });

  it('is one, the object itself, where no list is selected; none where there is no object', () => {
    const query = '{ me { wrapped(year: 2025) { totals { plays minutes } longestStreak { days } } } }';
    const wrapped = { totals: { plays: 3, minutes: 9.5 }, longestStreak: null };
    expect(rowsOf(query, { me: { wrapped } })).toEqual([
      { wrapped_totals_plays: 3, wrapped_totals_minutes: 9.5, wrapped_longestStreak_days: null },
    ]);
    expect(rowsOf(query, { me: null })).toEqual([]);
  });

  it('are made by the items of a list within them, beside which the rest is repeated', () => {
    const histogram = [
      { from: 80, count: 2 },
      { from: 120, count: 1 },
    ];
    const nodes = [
      { group: { keys: [{ value: '1980s' }] }, count: 3, tempo: { avg: 100, histogram } },
      { group: { keys: [{ value: null }] }, count: 1, tempo: { avg: null, histogram: [] } },
    ];
    const data = { trackStats: { nodes, tablePage: { hasNextPage: false, endCursor: 'z' } } };
    const query =
      '{ trackStats(groupBy: [RELEASE_DECADE]) { nodes { group { keys { value } } count tempo { avg histogram { from count } } } } }';
    const row = (...values: unknown[]) => ({
      releaseDecade: values[0],
      count: values[1],
      tempo_avg: values[2],
      tempo_histogram_from: values[3],
      tempo_histogram_count: values[4],
    });
    expect(rowsOf(query, data)).toEqual([
      row('1980s', 3, 100, 80, 2),
      row('1980s', 3, 100, 120, 1),
      row(null, 1, null, null, null),
    ]);
    expect(plan(query).read(data)).toMatchObject({ taken: 2, next: null });
    expect(rowsOf('{ trackStats { nodes { tempo { histogram { from count } } } } }', data)).toHaveLength(2);
  });

  it('have the items of connections within them, as many as are asked for', () => {
    const nodes = [{ name: 'Rush', tracks: { nodes: [{ name: 'YYZ', genres: [{ name: 'prog' }] }] } }];
    expect(
      rowsOf('{ artists { nodes { name tracks(first: 3) { nodes { name genres { name } } } } } }', {
        artists: { nodes },
      }),
    ).toEqual([{ name: 'Rush', tracks_name: 'YYZ', tracks_genres_name: 'prog' }]);
    expect(refusalOf('{ artists { nodes { name tracks { nodes { name } } } } }')).toMatch(
      /"tracks" within "nodes" is a part of a longer list, .*expected: first: how many of each row/,
    );
  });

  it.each([
    '{ tracks { nodes { name similarTracks(first: 2) { nodes { distance } } } } }',
    '{ artists { nodes { name similarArtists(first: 2) { distance } } } }',
    '{ artists { nodes { name topTracks(by: ENERGY, first: 2) { rank } } } }',
  ])('say how many they have of each list of some: %s', (query) => {
    expect(plan(query).columns).toHaveLength(2);
    expect(refusalOf(query.replace(/\(first: 2\)|, first: 2/, ''))).toMatch(
      /within "nodes" is a part of a longer list/,
    );
  });

  it('are found where fragments select the same list again', () => {
    expect(
      rowsOf(
        'query { artist(id: "x") { tracks { nodes { id } } ...Names } } fragment Names on Artist { tracks { nodes { name } } }',
        { artist: { tracks: { nodes: [{ id: 't', name: 'YYZ' }] } } },
      ),
    ).toEqual([{ id: 't', name: 'YYZ' }]);
  });

  it.each([
    [
      '{ me { wrapped(year: 2025) { topTracks { name } hours: rhythm(by: HOUR) { label } tempo { bins { from } } } } }',
      '"me" has 3 lists selected, "wrapped.topTracks", "wrapped.hours", "wrapped.tempo.bins", which makes no table; ' +
        'expected: one, whose items are the rows. Select one of them alone, or mark the others with @skip(if: true).',
    ],
    [
      '{ tracks { nodes { artists { name } genres { name } } } }',
      /^"nodes" has 2 lists selected, "artists", "genres"/,
    ],
    ['{ me { plays(last: 3) { nodes { trackName } } } }', /^"plays" is read from its end/],
    ['{ tracks { nodes { audioFeatures { __typename } } } }', /^"tracks.nodes" has no scalar field selected/],
  ])('are refused where several lists or none could be meant: %s', (query, message) => {
    expect(refusalOf(query)).toMatch(message);
  });

  it('are those of the list that is left when others are marked with @skip', () => {
    const { columns } = plan(
      '{ me { wrapped(year: 2025) { topTracks @skip(if: true) { name } rhythm(by: HOUR) { label } } } }',
    );
    expect(columns.map(({ name }) => name)).toEqual(['label']);
  });
});
