import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { asyncBufferFromUrl, parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { GroovelakeError } from '../../../src/errors.ts';
import { openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { type FixtureServer, post, readAnswer, serveFixture } from '../serve-fixture.ts';

const KEY = 'a-key-of-many-characters';
let server: FixtureServer;
beforeAll(async () => {
  server = await serveFixture(
    {
      artists: [
        { artist_id: 'a1', name: 'Rush', followers: 5_000_000_000, genres: ['prog rock'] },
        { artist_id: 'a2', name: 'He said "hi", twice' },
      ],
      albums: [
        { album_id: 'b1', name: 'Signals', album_type: 'album', release_date: '1982', artists: ['a1'] },
      ],
      tracks: Array.from({ length: 12_345 }, (_, at) => ({
        track_id: `t${String(at).padStart(5, '0')}`,
        name: at === 0 ? 'line\nbreak, "quoted"' : `Track ${at}`,
        popularity: at % 101,
        album_id: at % 2 ? 'b1' : null,
        energy: at % 3 ? (at % 1000) / 1000 : null,
        artists: ['a1'],
      })),
    },
    { GROOVELAKE_TABLE_MAX_ROWS: '12345' },
  );
});
afterAll(() => server.close());

const TRACKS = `query Tracks($where: TrackFilter, $first: Int) {
  tracks(where: $where, first: $first, orderBy: [{ field: ID }]) { nodes { id name popularity album { name year: releaseYear } audioFeatures { energy } } }
}`;
const ask = (query: string, accept: string, variables: object = {}) =>
  post(server.url, { query, variables }, { headers: { accept } });
const bytes = async (query: string, accept: string, variables: object = {}) =>
  new Uint8Array(
    await (
      await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query, variables }),
      })
    ).arrayBuffer(),
  );

describe('formulas=text', () => {
  it('marks what a spreadsheet would take for a formula, of relations and of queries, under a tag of its own', async () => {
    const formulas = await serveFixture({ artists: [{ artist_id: 'a1', name: '=HYPERLINK("http://x")' }] });
    const get = async (path: string) => {
      const response = await fetch(`${formulas.url}${path}`, { headers: { accept: 'text/csv' } });
      return { text: (await response.text()).trim().split('\n').at(-1), etag: response.headers.get('etag') };
    };
    for (const path of [
      '/export/artists.csv?columns=name',
      `/graphql?query=${encodeURIComponent('{ artists { nodes { name } } }')}`,
    ]) {
      const plain = await get(path);
      const marked = await get(`${path}&formulas=text`);
      expect([plain.text, marked.text]).toEqual([
        '"=HYPERLINK(""http://x"")"',
        `"'=HYPERLINK(""http://x"")"`,
      ]);
      expect(marked.etag).not.toBe(plain.etag);
    }
    const refused = await readAnswer(
      await fetch(`${formulas.url}/graphql?formulas=text&query={artists{nodes{name}}}`, {
        headers: { accept: 'application/x-ndjson' },
      }),
    );
    expect([refused.status, refused.body.errors?.[0]?.message]).toEqual([
      400,
      expect.stringContaining('is for csv; jsonl'),
    ]);
    await formulas.close();
  });
});

describe('a query whose client accepts a table', () => {
  it('comes as CSV: a column for each scalar, of objects to one too, named by their path', async () => {
    const { status, headers, text } = await ask(TRACKS, 'text/csv', { first: 2 });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('content-disposition')).toContain('Tracks.csv');
    expect(headers.get('x-groovelake-snapshot')).toBe(server.open.manifest.id);
    expect(text).toBe(
      'id,name,popularity,album_name,album_year,audioFeatures_energy\n' +
        't00000,"line\nbreak, ""quoted""",0,,,\n' +
        't00001,Track 1,1,Signals,1982,0.001\n',
    );
  });

  it('has all rows, in order, far beyond the largest page of JSON', async () => {
    const { text } = await ask(TRACKS, 'application/x-ndjson');
    const rows = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; audioFeatures_energy: number | null });
    expect(rows).toHaveLength(12_345);
    expect(rows.map(({ id }) => id)).toEqual(
      Array.from({ length: 12_345 }, (_, at) => `t${String(at).padStart(5, '0')}`),
    );
    expect(rows.filter((row) => row.audioFeatures_energy === null)).toHaveLength(4_115);
  });

  it('comes as Arrow with types, filtered by the same filters', async () => {
    const table = tableFromIPC(
      await bytes(TRACKS, 'application/vnd.apache.arrow.stream', { where: { popularity: { gte: 100 } } }),
    );
    expect(table.numRows).toBe(122);
    expect(table.schema.fields.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id Utf8',
      'name Utf8',
      'popularity Int32',
      'album_name Utf8',
      'album_year Int32',
      'audioFeatures_energy Float64',
    ]);
    expect(table.get(0)?.toJSON()).toMatchObject({ id: 't00100', popularity: 100 });
  });

  it('comes as Parquet that an engine reads', async () => {
    const folder = makeTempFolder();
    const path = join(folder, 'table.parquet');
    writeFileSync(
      path,
      await bytes(
        '{ artists { nodes { id name followers playlists: uri } } }',
        'application/vnd.apache.parquet',
      ),
    );
    const db = await openDuckDb({
      path: ':memory:',
      memoryMb: 128,
      threads: 1,
      maxConnections: 1,
      tempDir: folder,
      tempMaxMb: 16,
      clock: systemClock,
    });
    const rows = await db.all(`select * from read_parquet(${quoteText(path)}) order by id`);
    await db.close();
    expect(rows).toEqual([
      { id: 'a1', name: 'Rush', followers: 5_000_000_000, playlists: null },
      { id: 'a2', name: 'He said "hi", twice', followers: null, playlists: null },
    ]);
  });

  it('has a column for each dimension of statistics, and lists of scalars as lists', async () => {
    const stats = `{ trackStats(groupBy: [ALBUM_TYPE, RELEASE_DECADE]) { nodes { group { keys { dimension value } } count energy { avg p: percentile(p: 90) } } } }`;
    const { text } = await ask(stats, 'text/csv');
    const [header, ...rows] = text.trim().split('\n');
    expect(header).toBe('albumType,releaseDecade,count,energy_avg,energy_p');
    expect(rows.map((row) => row.split(',').slice(0, 3))).toEqual([
      ['', '', '6173'],
      ['ALBUM', '1980s', '6172'],
    ]);
  });

  it('names a dimension by itself whatever its value is called, and wants the value', async () => {
    const groups = (keys: string) =>
      ask(
        `{ trackStats(groupBy: [RELEASE_DECADE]) { nodes { group { keys { ${keys} } } count } } }`,
        'text/csv',
      );
    expect((await groups('v: value')).text).toBe('releaseDecade,count\n,6173\n1980s,6172\n');
    const { status, body } = await groups('dimension');
    expect([status, body.errors?.[0]?.extensions?.code]).toEqual([400, 'NOT_TABULAR']);
  });

  it('may be a list, or the one list of an object', async () => {
    const points = await ask(
      '{ timeline(of: TRACKS, measure: COUNT, grain: YEAR) { points { period value } excluded trend { slope } } }',
      'text/csv',
    );
    expect(points.headers.get('x-groovelake-left-out')).toBe('timeline.excluded, timeline.trend');
    expect(points.text).toBe('period,value\n1982,6172.0\n');
    const list = await ask('{ correlations(measures: [ENERGY, POPULARITY]) { x y n } }', 'application/jsonl');
    expect(JSON.parse(list.text)).toEqual({ x: 'ENERGY', y: 'POPULARITY', n: 8_230 });
  });

  it('may be a list below others, in pages, or a list in each row', async () => {
    const { status, text } = await ask(
      '{ artist(id: "a1") { name tracks(orderBy: [{ field: ID }]) { nodes { id popularity } } } }',
      'text/csv',
    );
    const lines = text.trim().split('\n');
    expect([status, lines.length, lines[0], lines.at(-1)]).toEqual([
      200,
      12_346,
      'id,popularity',
      't12344,22',
    ]);
    const bins = await ask(
      '{ trackStats { nodes { count popularity { histogram(bins: 2) { from to count } } } } }',
      'text/csv',
    );
    expect(bins.text).toBe(
      'count,popularity_histogram_from,popularity_histogram_to,popularity_histogram_count\n' +
        '12345,0.0,50.0,6123\n12345,50.0,100.0,6222\n',
    );
    expect((await ask('{ track(id: "t00001") { name album { name } } }', 'text/csv')).text).toBe(
      'name,album_name\nTrack 1,Signals\n',
    );
    expect((await ask('{ track(id: "nope") { name } }', 'text/csv')).text).toBe('name\n');
  });

  it('takes variables whose values are not those that were sent, once', async () => {
    const query =
      'query ($s: DateTime, $t: DateTime = "2020-01-01T00:00:00Z") { runs(where: { createdAfter: $s, createdBefore: $t }) { nodes { id status } } }';
    const { status, text } = await ask(query, 'text/csv', { s: '2026-07-01T00:00:00Z' });
    expect([status, text]).toEqual([200, 'id,status\n']);
  });

  it('leaves no say to variables of its own names', async () => {
    const { text } = await ask(TRACKS, 'text/csv', { first: 1, tablePageSize: 'x', tablePageAfter: 1 });
    expect(text.split('\n')).toHaveLength(4);
  });

  it('comes in pages that are within the limit of objects, with all that hangs on their rows', async () => {
    const small = await serveFixture(
      {
        artists: Array.from({ length: 100 }, (_, at) => ({ artist_id: `a${at}` })),
        tracks: [{ track_id: 't1', artists: ['a7'] }],
      },
      { GROOVELAKE_MAX_PAGE_SIZE: '10', GROOVELAKE_MAX_ROWS: '200' },
    );
    const before = small.open.statements;
    const { status, text } = await post(
      small.url,
      { query: '{ artists { nodes { id tracks(first: 9) { pageInfo { hasNextPage } } } } }' },
      { headers: { accept: 'text/csv' } },
    );
    expect([status, text.trim().split('\n').length]).toEqual([200, 101]);
    // The number of rows, and twice for each page of 20, which has 200 objects: the artists and their tracks.
    expect(small.open.statements - before).toBe(1 + 2 * 5);
    await small.close();
  });

  it('comes in shorter pages where lists in its rows are longer than pages reckon with', async () => {
    const genres = Array.from({ length: 40 }, (_, at) => `genre ${String(at).padStart(2, '0')}`);
    const small = await serveFixture(
      {
        artists: Array.from({ length: 100 }, (_, at) => ({
          artist_id: `a${String(at).padStart(2, '0')}`,
          genres: at === 7 ? genres : genres.slice(0, 10),
        })),
      },
      { GROOVELAKE_MAX_PAGE_SIZE: '10', GROOVELAKE_MAX_ROWS: '200' },
    );
    const table = async (query: string) => {
      const { status, body, text } = await post(small.url, { query }, { headers: { accept: 'text/csv' } });
      return [status, body?.errors?.[0]?.extensions?.code, text.trim().split('\n').length];
    };
    const list = 'artists(orderBy: [{ field: ID }]) { nodes { id genres { name';
    expect(await table(`{ ${list} } } } }`)).toEqual([200, undefined, 1 + 99 * 10 + 40]);
    // No page is short enough for one row that is too much by itself.
    expect(await table(`{ ${list} artists(first: 9) { nodes { id } } } } } }`)).toEqual([
      400,
      'TOO_MANY_ROWS',
      1,
    ]);
    await small.close();
  });

  it('may come by GET, with a tag and 304 for the same again', async () => {
    const url = `${server.url}/graphql?query=${encodeURIComponent('{ artists { nodes { name } } }')}`;
    const first = await fetch(url, { headers: { accept: 'text/csv' } });
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'public, no-cache']);
    const statements = server.open.statements;
    const again = await fetch(url, { headers: { accept: 'text/csv', 'if-none-match': etag } });
    expect([again.status, await again.text(), server.open.statements]).toEqual([304, '', statements]);
    expect(
      (await fetch(url, { headers: { accept: 'application/x-ndjson', 'if-none-match': etag } })).status,
    ).toBe(200);
  });

  it('comes by an address alone, for clients that cannot say what they accept', async () => {
    const query = encodeURIComponent(`{ artists(orderBy: [{ field: ID }]) { nodes { id followers } } }`);
    const get = (search: string, accept = 'text/html,*/*;q=0.8') =>
      fetch(`${server.url}/graphql?${search}`, { headers: { accept } });
    const csv = await get(`query=${query}&format=csv`);
    expect(await csv.text()).toBe('id,followers\na1,5000000000\na2,\n');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const german = await get(`query=${query}&format=csv&dialect=excel-semicolon`);
    expect(Buffer.from(await german.arrayBuffer()).toString()).toBe(
      '\ufeffid;followers\na1;5000000000\na2;\n',
    );
    expect(german.headers.get('etag')).not.toBe(csv.headers.get('etag'));
    const lines = await get(`format=jsonl&query=${query}`, 'text/csv');
    expect((await lines.text()).split('\n')[0]).toBe('{"id":"a1","followers":5000000000}');
    expect((await get(`query=${query}&format=csv&_=17&v=2&utm_source=mail`)).status).toBe(200);
    expect((await get(`query=${query}`, 'application/json')).headers.get('content-type')).toContain('json');
    const sent = await fetch(`${server.url}/graphql?format=csv`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ correlation(x: ENERGY, y: POPULARITY) { n } }' }),
    });
    expect(await sent.text()).toBe('n\n8230\n');
  });

  it.each([
    ['format=xlsx', '"format" is "xlsx"; one of csv, jsonl, parquet, arrow, or none for JSON, is expected'],
    ['format=', '"format" is ""; one of'],
    ['format', '"format" is ""; one of'],
    ['formulas=text', '"formulas" is for csv; JSON tells texts by their type'],
    ['format=csv&formulas', '"formulas" is ""; "text" is expected'],
    ['dialect=excel', '"dialect" is of CSV, and the format is JSON'],
    ['format=csv&format=arrow', '"format" is "csv" and "arrow"; one of'],
  ])('is refused in a format that there is none of: %s', async (search, message) => {
    const response = await fetch(`${server.url}/graphql?query={__typename}&${search}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining(message), extensions: { code: 'BAD_REQUEST' } }],
    });
  });

  it.each([
    ['two root fields', '{ artists { nodes { id } } albums { nodes { id } } }', 'NOT_TABULAR'],
    ['two lists in a row', '{ tracks { nodes { id artists { name } genres { name } } } }', 'NOT_TABULAR'],
    ['a list from its end', '{ tracks(last: 3) { nodes { id } } }', 'NOT_TABULAR'],
    ['no scalar', '{ tracks { nodes { __typename } } }', 'NOT_TABULAR'],
    ['two columns of one name', '{ tracks { nodes { album_name: isrc album { name } } } }', 'NOT_TABULAR'],
    ['fewer rows than one', '{ tracks(first: -1000000) { nodes { name } } }', 'INVALID_INPUT'],
    ['no rows asked for', '{ tracks(first: 0) { nodes { name } } }', 'INVALID_INPUT'],
    ['a mutation', 'mutation { cancelRun(input: { runId: "x" }) { __typename } }', 'NOT_TABULAR'],
    ['an unknown field', '{ tracks { nodes { nme } } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', '{ tracks { ', 'GRAPHQL_PARSE_FAILED'],
    [
      'a filter that cannot be used',
      '{ tracks(where: { energy: { between: [1, 0] } }) { nodes { id } } }',
      'INVALID_INPUT',
    ],
    [
      'too many levels',
      `{ track(id: "x") { album { ${'artists { albums { nodes { '.repeat(4)} id ${'} } } '.repeat(4)} } } }`,
      'TOO_DEEP',
    ],
    [
      'fragments that spread one another, twice each',
      `{ tracks { nodes { ...F0 } } } ${Array.from({ length: 40 }, (_, at) => `fragment F${at} on Track { ${at < 39 ? `...F${at + 1} ...F${at + 1}` : 'id'} }`).join(' ')}`,
      'TOO_MANY_FIELDS',
    ],
  ])('is refused in JSON: %s', async (_name, query, code) => {
    const { status, body } = await ask(query, 'text/csv');
    expect([status, body.errors?.[0]?.extensions?.code]).toEqual([400, code]);
  });

  it('says where an error is, as JSON does', async () => {
    const tell = async (query: string, type: string) => (await ask(query, type)).body.errors?.[0];
    const unknown = '{\n  tracks { nodes { idd } }\n}';
    const inDocument = await tell(unknown, 'text/csv');
    expect(inDocument).toHaveProperty('locations', [{ line: 2, column: 20 }]);
    expect(inDocument).toEqual(await tell(unknown, 'application/json'));
    const failing = '{ tracks(where: { name: { matches: "(" } }) { nodes { id } } }';
    const inAnswer = await tell(failing, 'text/csv');
    // What runs is the document of the table, which counts first and is not the one that was sent.
    expect(inAnswer).toHaveProperty('path', ['tracks', 'totalCount']);
    const { path, ...told } = inAnswer ?? {};
    expect(await tell(failing, 'application/json')).toMatchObject(told);
  });

  it('is refused beyond its own limit of rows, by how much, and by variables that do not fit', async () => {
    const small = await serveFixture(
      { tracks: [{ track_id: 't1' }, { track_id: 't2' }] },
      { GROOVELAKE_TABLE_MAX_ROWS: '1' },
    );
    const init = { headers: { accept: 'text/csv' } };
    const { body } = await post(small.url, { query: '{ tracks { nodes { id } } }' }, init);
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'TOO_MANY_ROWS', given: 2, limit: 1 });
    expect((await post(small.url, { query: '{ tracks(first: 1) { nodes { id } } }' }, init)).text).toBe(
      'id\nt1\n',
    );
    const wrong = await post(small.url, { query: TRACKS, variables: { first: 'x' } }, init);
    expect(wrong.body.errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    await small.close();
  });

  it('leaves nothing in the folder for temporary files', () => {
    expect(
      readdirSync(join(server.config.dataDir, 'tmp')).filter((name) => name.startsWith('export-')),
    ).toEqual([]);
  });
});

describe('/export/<relation>.<format>', () => {
  const get = async (path: string, init: RequestInit = {}) => fetch(`${server.url}/export/${path}`, init);

  it('streams a whole relation in each format', async () => {
    expect((await (await get('tracks.csv')).text()).split('\n')[0]).toMatch(
      /^track_id,name,name_key,uri,album_id/,
    );
    expect((await (await get('gold.tracks.jsonl')).text()).trim().split('\n')).toHaveLength(12_345);
    expect(tableFromIPC(new Uint8Array(await (await get('artists.arrow')).arrayBuffer())).numRows).toBe(2);
    const parquet = new Uint8Array(await (await get('artists.parquet')).arrayBuffer());
    expect(new TextDecoder().decode(parquet.slice(0, 4))).toBe('PAR1');
  });

  it('takes columns and a limit, answers HEAD, and 304 for a content that has not changed', async () => {
    const response = await get('artists.csv?columns=name,followers&limit=1');
    expect(await response.text()).toMatch(/^name,followers\n.*\n$/);
    const excel = await get('tracks.csv?columns=track_id,energy&limit=2&dialect=excel-semicolon');
    expect(Buffer.from(await excel.arrayBuffer()).toString()).toMatch(
      /^\ufefftrack_id;energy\nt\d+;.*\nt\d+;\d*,?\d*\n$/,
    );
    const head = await get('artists.csv', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const etag = head.headers.get('etag') ?? '';
    expect((await get('artists.csv', { headers: { 'if-none-match': `W/${etag}` } })).status).toBe(304);
    expect((await get('artists.csv?limit=1', { headers: { 'if-none-match': etag } })).status).toBe(200);
  });

  it('gives the parts of a Parquet file that are asked for, where a relation lies in one, and the whole length', async () => {
    const url = `${server.url}/export/tracks.parquet`;
    const whole = new Uint8Array(await (await fetch(url)).arrayBuffer());
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.headers.get('content-length'), head.headers.get('accept-ranges')]).toEqual([
      String(whole.length),
      'bytes',
    ]);
    const part = async (range: string, more = {}) => {
      const response = await fetch(url, { headers: { range, ...more } });
      const bytes = new Uint8Array(await response.arrayBuffer());
      return { status: response.status, said: response.headers.get('content-range'), bytes };
    };
    expect(await part('bytes=-4')).toEqual({
      status: 206,
      said: `bytes ${whole.length - 4}-${whole.length - 1}/${whole.length}`,
      bytes: new TextEncoder().encode('PAR1'),
    });
    expect((await part('bytes=10-29')).bytes).toEqual(whole.slice(10, 30));
    expect(await part(`bytes=${whole.length}-`)).toMatchObject({
      status: 416,
      said: `bytes */${whole.length}`,
    });
    const etag = head.headers.get('etag') ?? '';
    expect((await part('bytes=0-3', { 'if-range': etag })).status).toBe(206);
    // Another content has come since: its parts do not fit to those that the client has.
    expect((await part('bytes=0-3', { 'if-range': '"old"' })).bytes).toHaveLength(whole.length);
    const rows = await parquetReadObjects({
      file: await asyncBufferFromUrl({ url }),
      columns: ['name'],
      rowEnd: 1,
    });
    expect(rows).toEqual([{ name: expect.any(String) }]);
    // Made while it is sent, its length is not known.
    expect((await fetch(`${url}?limit=1`, { method: 'HEAD' })).headers.get('accept-ranges')).toBeNull();
  });

  it('gives many parts of a file at once, however few exports may be made at a time', async () => {
    const busy = await serveFixture({ artists: [{ artist_id: 'a1' }] }, { GROOVELAKE_MAX_EXPORTS: '1' });
    const parts = Array.from({ length: 20 }, async (_, at) => {
      const headers = { range: `bytes=${at}-${at}` };
      const response = await fetch(`${busy.url}/export/artists.parquet`, { headers });
      await response.arrayBuffer();
      return response.status;
    });
    expect(await Promise.all(parts)).toEqual(Array(20).fill(206));
    await busy.close();
  });

  it.each([
    [
      'a relation that is not there',
      'trakcs.csv',
      404,
      /^There is no relation "trakcs"\. Did you mean "tracks"\?$/,
    ],
    ['nothing named', '', 400, /names no relation; .* There are .*gold\.tracks/],
    ['no format', 'tracks', 400, /no format/],
    ['a format that is none', 'tracks.xlsx', 400, /\.csv, \.jsonl, \.parquet, \.arrow/],
    ['a way out', '..%2F..%2Fetc%2Fpasswd.csv', 404, /no relation/],
    ['a column that is not there', 'tracks.csv?columns=name,nope', 400, /names "nope"/],
    ['a limit that is no number', 'tracks.csv?limit=-1', 400, /"limit" is "-1"/],
    ['formulas as something', 'tracks.csv?formulas=no', 400, /"formulas" is "no"; "text" is expected/],
    ['formulas of a format with types', 'tracks.parquet?formulas=text', 400, /is for csv; parquet/],
    ['a limit twice', 'tracks.csv?limit=1&limit=2', 400, /"limit" more than once/],
    ['a parameter it does not know', 'tracks.csv?colums=name', 400, /did you mean "columns"\?$/],
    [
      'a dialect that it does not know',
      'tracks.csv?dialect=excle',
      400,
      /one of plain, excel, excel-semicolon is/,
    ],
    [
      'a dialect of another format',
      'tracks.arrow?dialect=excel',
      400,
      /"dialect" is of CSV, and the format is arrow/,
    ],
    [
      'an address cut in the middle of a sign',
      'tracks%.csv',
      400,
      /"tracks%\.csv" is no percent-encoded UTF-8/,
    ],
    ['an address in another encoding', '%e4.csv', 400, /no percent-encoded UTF-8/],
  ])('is refused: %s', async (_name, path, status, message) => {
    const answer = await readAnswer(await get(path));
    expect(answer.status).toBe(status);
    expect(answer.body.errors?.[0]?.message).toMatch(message);
  });

  it.each([
    ['OVERLOADED', 503, '1'],
    ['OUT_OF_MEMORY', 503, '1'],
    ['DISK_FULL', 503, null],
    ['SNAPSHOT', 500, null],
  ] as const)('is no fault of its client where an older snapshot has %s', async (code, status, retryAfter) => {
    const findWhole = () => Promise.reject(new GroovelakeError(code, 'Not now.'));
    const broken = await serveFixture({}, {}, { findWhole });
    const response = await fetch(`${broken.url}/export/tracks.csv?asOf=2026-11-20`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect((await readAnswer(response)).body.errors?.[0]?.extensions?.code).toBe(code);
    await broken.close();
  });

  it('is not asked for as of a day that does not exist', async () => {
    for (const asOf of ['2026-02-30', '2026-02-30T00:00:00Z', '2026-02-1']) {
      const response = await get(`tracks.csv?asOf=${asOf}`);
      expect([response.status, await response.text()]).toEqual([
        400,
        expect.stringContaining(`\\"asOf\\" is \\"${asOf}\\"`),
      ]);
    }
  });

  it('is read only, and wants the key like everything else', async () => {
    expect((await get('tracks.csv', { method: 'POST' })).status).toBe(405);
    const closed = await serveFixture({ tracks: [{ track_id: 't1' }] }, { GROOVELAKE_API_KEY: KEY });
    expect((await fetch(`${closed.url}/export/tracks.csv`)).status).toBe(401);
    const response = await fetch(`${closed.url}/export/tracks.csv`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    await response.text();
    await closed.close();
  });
});

describe('the points of a key', () => {
  it('are spent by the rows of a relation, and by what is refused', async () => {
    const closed = await serveFixture(
      { tracks: Array.from({ length: 1_000 }, (_, at) => ({ track_id: `t${at}` })) },
      { GROOVELAKE_API_KEY: KEY, GROOVELAKE_RATE_POINTS: '20' },
    );
    const get = async (path: string, init: RequestInit = {}) => {
      const response = await fetch(`${closed.url}/export/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${KEY}`, ...init.headers },
      });
      await response.text();
      return response;
    };
    const whole = await get('tracks.csv');
    const etag = whole.headers.get('etag') ?? '';
    const others = [
      await get('tracks.csv', { headers: { 'if-none-match': etag } }),
      await get('tracks.csv', { method: 'HEAD' }),
      await get('tracks.csv?limit=99'),
      await get('nothing.csv'),
    ];
    expect([whole, ...others].map(({ status }) => status)).toEqual([200, 304, 200, 200, 404]);
    // 11 and four of 20 are spent.
    const refused = await readAnswer(
      await fetch(`${closed.url}/export/tracks.csv`, { headers: { authorization: `Bearer ${KEY}` } }),
    );
    expect(refused.status).toBe(429);
    expect(refused.body.errors?.[0]?.message).toMatch(/costs 11 points; this key has 5 of 20 a minute left/);
    await closed.close();
  });
});

describe('a GET of JSON', () => {
  const get = (query: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { accept: 'application/json', ...headers },
    });

  it('has a tag of snapshot and operation; the same again is 304 without a statement', async () => {
    const first = await get('{ artists { nodes { name } } }');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    await first.text();
    const { statements } = server.open;
    const again = await get('{ artists { nodes { name } } }', { 'if-none-match': etag });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(again.headers.get('x-groovelake-snapshot')).toBe(server.open.manifest.id);
    expect(server.open.statements).toBe(statements);
    expect((await get('{ artists { nodes { id } } }', { 'if-none-match': etag })).status).toBe(200);
  });

  it('has none where the answer changes while the snapshot stays, or is an error', async () => {
    for (const query of [
      '{ runs { nodes { id } } }',
      '{ runTotals { day runs } }',
      '{ apiKeys { id revokedAt } }',
      '{ auditLog { nodes { action } } }',
      '{ tracks(first: 1) { nodes { provenance { run { id } } } } }',
      '{ tracks(first: 0) { nodes { id } } }',
    ])
      expect((await get(query)).headers.get('etag')).toBeNull();
    for (const query of ['{ runs { nodes { id } } }', '{ me { unresolved { nodes { trackName } } } }']) {
      const table = await get(query, { accept: 'text/csv' });
      expect([table.headers.get('etag'), table.headers.get('cache-control')]).toEqual([null, 'no-store']);
    }
    expect(
      (await post(server.url, { query: '{ artists { nodes { name } } }' })).headers.get('etag'),
    ).toBeNull();
  });
});

describe('compression', () => {
  it.each([
    'br',
    'gzip',
  ])('is %s for a client that accepts it, and none for a short answer', async (encoding) => {
    const long = await fetch(`${server.url}/export/tracks.csv?limit=1000`, {
      headers: { 'accept-encoding': encoding },
    });
    expect(long.headers.get('content-encoding')).toBe(encoding);
    expect((await long.text()).trim().split('\n').length).toBeGreaterThan(1_000);
    const short = await fetch(`${server.url}/health/live`, { headers: { 'accept-encoding': encoding } });
    expect(short.headers.get('content-encoding')).toBeNull();
    await short.text();
  });
});
