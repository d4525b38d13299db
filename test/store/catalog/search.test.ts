// Every question is asked of both engines, with the serving index and DuckDB alone, and the answers must be the same.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import { type SearchArgs, searchNames } from '../../../src/store/catalog/search.ts';
import type { ServingIndex } from '../../../src/store/serving/serving-index.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Each opens two engines or servers, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const LIMITS = { maxPageSize: 100 };
const SEED = 11;
let engines: TwoEngines;

beforeAll(async () => {
  const random = seededRandomness(SEED);
  engines = await openTwoEngines({
    artists: [
      { artist_id: 'a1', name: 'Sigur Rós', popularity: 60 },
      { artist_id: 'a2', name: 'Rosalía', popularity: 90 },
      { artist_id: 'a3', name: '東京事変' },
      { artist_id: 'a4', name: 'فيروز' },
      { artist_id: 'a5', name: 'Beyoncé', popularity: 88 },
      { artist_id: 'a6', name: 'AC/DC', popularity: 80 },
      { artist_id: 'a7', name: 'P!nk' },
      { artist_id: 'a8', name: 'Motörhead' },
      { artist_id: 'a9', name: '宇多田ヒカル' },
      { artist_id: 'a10', name: 'עידן רייכל' },
      { artist_id: 'a11', name: 'X', popularity: 20 },
      { artist_id: 'a12', name: '$' },
      { artist_id: 'a13', name: 'A$AP Rocky', popularity: 70 },
      { artist_id: 'a14', name: '!!!' },
      { artist_id: 'a15', name: 'Röyksopp' },
      { artist_id: 'a16', name: 'MØ' },
      { artist_id: 'a17', name: 'Jay-Z' },
      { artist_id: 'a18', name: 'Кино' },
      { artist_id: 'a19', name: '🦄 Party' },
      { artist_id: 'a20', name: '方大同' },
      { artist_id: 'a21', name: 'U2', popularity: 75 },
      { artist_id: 'a22', name: 'İbrahim Tatlıses' },
      { artist_id: 'a23', name: '' },
      { artist_id: 'a24', name: 'Salt & Pepper' },
      { artist_id: 'a25', name: 'OneRepublic' },
    ],
    albums: [{ album_id: 'b1', name: 'ROS', popularity: 1 }],
    tracks: [
      { track_id: 't1', name: 'Macrosound', popularity: 99 },
      { track_id: 't2', name: 'The Rose', popularity: 10 },
      { track_id: 't3', name: 'Rosé', popularity: 95 },
      { track_id: 't4', name: '100% (off)', popularity: null },
      { track_id: 't5', name: "Don't Stop", popularity: 5 },
      { track_id: 't6', name: 'First Love 初恋', popularity: 4 },
      { track_id: 't7', name: 'Motorbike Head', popularity: 3 },
      { track_id: 't8', name: "'; drop table tracks; --", popularity: 2 },
      { track_id: 't9', name: 'a "quoted" AND OR NOT NEAR( name* ^x', popularity: 1 },
      { track_id: 't10', name: 'Moon River' },
      { track_id: 'r1', name: 'Halo', popularity: 8 },
      { track_id: 'r2', name: 'Halo', popularity: 9, recording_id: 'r1' },
      { track_id: 'r3', name: 'Halo - Live', popularity: 90, recording_id: 'r1' },
      { track_id: 'r4', name: 'Halo', popularity: 3 },
      ...Array.from({ length: 60 }, (_, at) => ({
        track_id: `u${at}`,
        name: ['Under Pressure', 'Pressure Drop', 'pressur', 'Thunder'][at % 4] as string,
        popularity: Math.floor(random.next() * 4) * 10,
      })),
    ],
  });
});
afterAll(() => engines?.close());

async function page(term: string, more: Partial<SearchArgs> = {}) {
  const [quick, slow] = await Promise.all(
    [engines.withIndex, engines.duckDbAlone].map((catalog) =>
      searchNames(catalog, { term, ...more }, LIMITS).page(),
    ),
  );
  expect(quick, term).toEqual(slow);
  if (!quick) throw new Error('no page');
  return quick;
}

async function found(term: string, more: Partial<SearchArgs> = {}): Promise<string> {
  return (await page(term, more)).edges.map(({ node }) => node.id).join(' ');
}

describe('searchNames', () => {
  it('ranks exact, beginning, beginning of a word, elsewhere; then by popularity', async () => {
    expect(await found('ros')).toBe('b1 t3 a2 t2 a1 t1');
  });

  it('is blind to accents, case and blanks around and between', async () => {
    expect(await found('SIGUR  ros ')).toBe('a1');
    expect(await found('rosálía')).toBe('a2');
    expect(await found('BEYONCE')).toBe('a5');
    expect(await found('motorhead')).toBe('a8');
    expect(await found('MÖTÖRHEAD')).toBe('a8');
    expect(await found('mo', { types: ['ARTIST'] })).toBe('a16 a8');
    expect(await found('ibrahim tatlises')).toBe('a22');
  });

  it('wants every word, in any order', async () => {
    expect(await found('rose the')).toBe('t2');
    expect(await found('rose queen')).toBe('');
  });

  it('finds beginnings as they are typed', async () => {
    expect(await found('beyo')).toBe('a5');
    expect(await found('sig ro')).toBe('a1');
  });

  it.each([
    ['beyonse', 'a5', 'changed'],
    ['beyonc', 'a5', 'not yet typed'],
    ['beyoncee', 'a5', 'added'],
    ['byonce', 'a5', 'left out'],
    ['beyocne', 'a5', 'swapped'],
    ['motorhaed', 'a8', 'swapped'],
    ['royksop', 'a15', 'left out'],
    ['sigur roz', '', 'in a short word, which is not forgiven'],
    ['bezonze', '', 'changed twice'],
  ])('forgives one letter: %s finds "%s" (%s)', async (term, ids) => {
    expect(await found(term)).toBe(ids);
  });

  it('puts hits with a slip after all others', async () => {
    const hits = await page('pressure', { first: 100 });
    const scores = hits.edges.map(({ node }) => node.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.filter((score) => score < 0.4)).toHaveLength(15);
    expect(hits.edges).toHaveLength(45);
  });

  it('finds names in any script', async () => {
    expect(await found('東京')).toBe('a3');
    expect(await found('ヒカル')).toBe('a9');
    expect(await found('宇多田ヒカル')).toBe('a9');
    expect(await found('同')).toBe('a20');
    expect(await found('初恋')).toBe('t6');
    expect(await found('فير')).toBe('a4');
    expect(await found('רייכל')).toBe('a10');
    expect(await found('кино')).toBe('a18');
    expect(await found('🦄')).toBe('a19');
  });

  it('takes signs literally, and forgives them where they are left out', async () => {
    expect(await found('AC/DC')).toBe('a6');
    expect(await found('acdc')).toBe('a6');
    expect(await found('dc')).toBe('a6');
    expect(await found('P!nk')).toBe('a7');
    expect(await found('$')).toBe('a12 a13');
    expect(await found('a$ap')).toBe('a13');
    expect(await found('!!!')).toBe('a14');
    expect(await found('jayz')).toBe('a17');
    expect(await found('dont stop')).toBe('t5');
    expect(await found('% (')).toBe('t4');
  });

  it.each([
    ['ac dc', 'a6'],
    ['jay z', 'a17'],
    ['JAY-Z', 'a17'],
    ['jay-z', 'a17'],
    ['a$ap', 'a13'],
    ['don’t stop', 't5'],
    ["do'nt stop", 't5'],
    ['motor-head', 'a8'],
  ])('takes signs for what people type instead of them, and the whole name for it: %s', async (term, id) => {
    expect(await found(term)).toBe(id);
  });

  it.each([
    ['ac dc', 1],
    ['acdc', 1],
    ['jay z', 1],
    ["don't stop", 1],
    ['don’t stop', 1],
    ['dont stop', 1],
    ['moon river', 1],
    ['the moon river', 1],
    ['rose', 1],
    ['the rose', 1],
    ['the ro', 0.8],
    ['salt and pepper', 1],
    ['salt & pepper', 1],
    ['salt + pepper', 1],
    ['salt and pep', 0.8],
    ['pepper and salt', 0.4],
    ['one republic', 1],
  ])('says of %s how well it fits the best name: %d', async (term, fit) => {
    const { edges } = await page(term);
    const [best] = edges;
    expect(Math.floor((best?.node.score ?? 0) * 10) / 10).toBe(fit);
  });

  it('finds a name without the "the" of the term where it is all else', async () => {
    expect(await found('the moon river')).toBe('t10');
    expect(await found('the moon')).toBe('');
    expect(await found('the')).toBe('t2');
  });

  it('finds names of one letter or two, and not every name that holds them', async () => {
    expect(await found('x', { types: ['ARTIST'] })).toBe('a11');
    expect(await found('c', { types: ['ARTIST'] })).toBe('');
    expect(await found('u2')).toBe('a21');
    expect(await found('un', { types: ['TRACK'], first: 1 })).toMatch(/^u\d+$/);
  });

  it.each([
    ["' or 1=1 --", ''],
    ['" OR rowid > 0 --', ''],
    ['*', 't9'],
    // A whole name is taken for it without the signs, and t9 holds them.
    ['^x*', 'a11 t9'],
    ['text:foo', ''],
    ['NEAR(a b)', ''],
    ['"', 't9'],
    ['""', ''],
    ['%_%', ''],
    ['\\', ''],
    ['a\u0000b', ''],
    ['\u0301', ''],
    ['{}', ''],
    ['x'.repeat(200), ''],
    ['ab '.repeat(66), ''],
    ['東'.repeat(200), ''],
    ['🦄'.repeat(100), ''],
  ])('is harmed by no text, and matches it literally: %j', async (term, ids) => {
    expect(await found(term)).toBe(ids);
  });

  it('finds what looks like code by its text', async () => {
    expect(await found("'; drop table")).toBe('t8');
    expect(await found('"quoted" and or not near(')).toBe('t9');
  });

  it('searches the types asked for; all when the list is empty', async () => {
    expect(await found('ros', { types: ['ARTIST'] })).toBe('a2 a1');
    expect(await found('ros', { types: ['ALBUM', 'ALBUM'] })).toBe('b1');
    expect(await found('ros', { types: [] })).toBe('b1 t3 a2 t2 a1 t1');
  });

  it.each([10, 20])('gives every hit once in pages of %i, with a slip or without', async (first) => {
    const ids: string[] = [];
    let after: string | undefined;
    for (;;) {
      const {
        edges,
        hasNextPage,
        pageInfo: _,
      } = { pageInfo: null, ...(await page('pressure', { first, after })) };
      ids.push(...edges.map(({ node }) => node.id));
      after = edges.at(-1)?.cursor;
      if (!hasNextPage) break;
    }
    expect(new Set(ids).size).toBe(45);
    expect(ids.join(' ')).toBe(await found('pressure', { first: 100 }));
  });

  it('finds a recording once, by its best track, unless all its tracks are asked for', async () => {
    const all = { includeDuplicates: true };
    expect(await found('halo')).toBe('r2 r4');
    expect(await found('halo live')).toBe('r3');
    expect(await found('halo', all)).toBe('r2 r1 r4 r3');
    expect((await page('halo', { first: 1 })).hasNextPage).toBe(true);
    const { edges } = await page('halo', { first: 1 });
    expect(await found('halo', { after: edges[0]?.cursor })).toBe('r4');
    expect(await found('halo', { last: 1 })).toBe('r4');
    for (const catalog of [engines.withIndex, engines.duckDbAlone]) {
      expect(await searchNames(catalog, { term: 'halo' }, LIMITS).count()).toBe(2);
      expect(await searchNames(catalog, { term: 'halo', ...all }, LIMITS).count()).toBe(4);
    }
  });

  it.each(['ROS', ' Rós  ', 'rös'])('goes on after a cursor when the term is written "%s"', async (term) => {
    const { edges } = await page('ros', { first: 2 });
    expect(await found(term, { first: 2, after: edges[1]?.cursor })).toBe('a2 t2');
  });

  it('reads pages from the end, before a cursor, with and without slips', async () => {
    const all = (await page('pressure', { first: 100 })).edges.map(({ node }) => node.id);
    const ids: string[] = [];
    for (let before: string | undefined; ; ) {
      const { edges, hasPreviousPage } = await page('pressure', { last: 7, before });
      ids.unshift(...edges.map(({ node }) => node.id));
      before = edges[0]?.cursor;
      if (!hasPreviousPage) break;
    }
    expect(ids).toEqual(all);
  });

  it('pages, counts, and knows a cursor of another term', async () => {
    const first = searchNames(engines.withIndex, { term: 'ros', first: 2 }, LIMITS);
    const { hasNextPage, edges } = await first.page();
    expect(hasNextPage).toBe(true);
    expect(await first.count()).toBe(6);
    expect(await searchNames(engines.duckDbAlone, { term: 'pressure' }, LIMITS).count()).toBe(45);
    expect(await searchNames(engines.withIndex, { term: 'pressure' }, LIMITS).count()).toBe(45);
    expect(await found('ros', { first: 2, after: edges[1]?.cursor })).toBe('a2 t2');
    expect(() => searchNames(engines.withIndex, { term: 'rose', after: edges[1]?.cursor }, LIMITS)).toThrow(
      /with the same term is expected/,
    );
  });

  it('asks DuckDB for nothing that is plain to the index', async () => {
    const before = engines.duckDbStatements();
    await searchNames(engines.withIndex, { term: 'under presure' }, LIMITS).page();
    expect(engines.duckDbStatements() - before).toBe(0);
  });

  it.each(['', '   ', '\u0000', 'x'.repeat(201)])('refuses the term "%s"', (term) => {
    expect(() => searchNames(engines.withIndex, { term }, LIMITS)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'term' }),
    );
  });
});

describe('searchNames, asked many times at once', () => {
  it('leaves the event loop to others between words, and between statements of one search and the next', async () => {
    let turn = 0;
    const worked = new Map<number, string[]>();
    const serving: ServingIndex = Object.assign(Object.create(engines.index), {
      all: (...[sql, params]: Parameters<ServingIndex['all']>) => {
        worked.set(turn, [...(worked.get(turn) ?? []), sql]);
        return engines.index.all(sql, params);
      },
    });
    const catalog: Catalog = { ...engines.withIndex, serving };
    const next = () => {
      turn += 1;
      if (!isOver) setImmediate(next);
    };
    let isOver = false;
    next();
    const term = 'beyonec sigru rosalai motorhaed royksopp';
    await Promise.all(Array.from({ length: 10 }, () => searchNames(catalog, { term }, LIMITS).page()));
    isOver = true;
    const ofWords = (sqls: readonly string[]) => sqls.filter((sql) => sql.includes('from words')).length;
    const turns = [...worked.values()];
    // Each of the ten looks five words up.
    expect(ofWords(turns.flat())).toBe(50);
    expect(Math.max(...turns.map(ofWords))).toBe(1);
    // One search: each type is looked at for too many candidates, once as it is asked and once with its variants, and read.
    expect(Math.max(...turns.map((sqls) => sqls.length))).toBeLessThanOrEqual(7);
  });
});

describe('searchNames, of a term that has thousands of hits with a slip', () => {
  /** More than are ranked, all of them more popular than the two without a slip. */
  const SLIPS = 4_100;
  let many: TwoEngines;
  beforeAll(async () => {
    many = await openTwoEngines({
      artists: [{ artist_id: 'a1', name: 'Everybody' }],
      tracks: [
        ...Array.from({ length: SLIPS }, (_, at) => ({
          track_id: `l${at}`,
          name: `Lover ${at}`,
          popularity: 50,
          artists: ['a1'],
        })),
        { track_id: 'c1', name: 'Crimson And Clover', popularity: 1, artists: ['a1'] },
        { track_id: 'c2', name: 'Clover Field' },
        { track_id: 'c3', name: 'Lovlov', artists: ['a1'] },
      ],
    });
  });
  afterAll(() => many?.close());

  it.each([
    'withIndex',
    'duckDbAlone',
  ] as const)('keeps those without one in their places: %s', async (engine) => {
    const list = (args: Partial<SearchArgs>) =>
      searchNames(many[engine], { term: 'clover', types: ['TRACK'], ...args }, LIMITS);
    const ids = async (args: Partial<SearchArgs>) =>
      (await list(args).page()).edges.map(({ node }) => node.id);
    expect(await ids({ first: 1 })).toEqual(['c2']);
    expect((await ids({ first: 20 })).slice(0, 2)).toEqual(['c2', 'c1']);
    const { edges } = await list({ first: 1 }).page();
    expect((await ids({ first: 1, after: edges[0]?.cursor ?? '' })).slice(0, 1)).toEqual(['c1']);
    expect((await ids({ first: 5, after: edges[0]?.cursor ?? '' })).slice(0, 1)).toEqual(['c1']);
    // Of those with a slip as many as are ranked.
    expect(await list({}).count()).toBe(4_000 + 2);
  });

  it.each([
    'withIndex',
    'duckDbAlone',
  ] as const)('needs one rare word to look for others among artists: %s', async (engine) => {
    const ids = async (term: string) => {
      const { edges } = await searchNames(many[engine], { term, types: ['TRACK'] }, LIMITS).page();
      return edges.map(({ node }) => node.id).join(' ');
    };
    expect(await ids('lover everybody')).toBe('');
    expect(await ids('everybody lover 4077')).toBe('l4077');
    expect(await ids('crimson everybody')).toBe('c1');
  });

  it.each([
    'withIndex',
    'duckDbAlone',
  ] as const)('finds a rare word after a common one of the same trigrams: %s', async (engine) => {
    const ids = async (term: string) => {
      const { edges } = await searchNames(many[engine], { term, types: ['TRACK'] }, LIMITS).page();
      return edges.map(({ node }) => node.id).join(' ');
    };
    expect(await ids('lov everybody')).toBe('');
    expect(await ids('lovlov everybody')).toBe('c3');
  });
});

describe('searchNames, of names whose popularity nobody knows', () => {
  let unknown: TwoEngines;
  beforeAll(async () => {
    unknown = await openTwoEngines({
      artists: [
        { artist_id: 'a1', name: 'Queen', track_count: 1 },
        { artist_id: 'a2', name: 'Queen', track_count: 3 },
        { artist_id: 'a3', name: 'Queen' },
        { artist_id: 'a4', name: 'Queen', popularity: 30 },
        { artist_id: 'a5', name: 'Queen', popularity: 0 },
      ],
      albums: [
        { album_id: 'b1', name: 'Jazz', total_tracks: 1 },
        { album_id: 'b2', name: 'Jazz', total_tracks: 9 },
        { album_id: 'b3', name: 'Jazz' },
        { album_id: 'b4', name: 'Jazz', popularity: 60 },
        { album_id: 'b5', name: 'Jazz' },
      ],
      tracks: [
        { track_id: 't1', name: 'Somebody', popularity: 80, artists: ['a3'], album_id: 'b3' },
        { track_id: 't2', name: 'Mustapha', popularity: 20, artists: ['a4', 'a3'], album_id: 'b4' },
        { track_id: 't3', name: 'Nobody', artists: ['a1'], album_id: 'b1' },
        { track_id: 't4', name: 'Queen', popularity: 58 },
        ...Array.from({ length: 31 }, (_, at) => ({
          track_id: `u${at}`,
          name: `Number ${at}`,
          album_id: 'b5',
          track_number: at + 1,
          popularity: at === 30 ? 99 : at,
        })),
      ],
    });
  });
  afterAll(() => unknown?.close());

  it.each([
    'withIndex',
    'duckDbAlone',
  ] as const)('takes their best track, then how many they have: %s', async (engine) => {
    const hits = async (term: string, more: Partial<SearchArgs> = {}) => {
      const { edges } = await searchNames(unknown[engine], { term, ...more }, LIMITS).page();
      return edges.map(({ node, cursor }) => ({ ...node, cursor }));
    };
    const shown = (found: { id: string; score: number }[]) =>
      found.map(({ id, score }) => `${id} ${score.toFixed(3)}`).join(', ');
    expect(shown(await hits('queen'))).toBe('a3 1.080, t4 1.058, a4 1.030, a2 1.000, a1 1.000, a5 1.000');
    // Of an album of many tracks the first thirty say how popular it is.
    const jazz = 'b3 1.080, b4 1.060, b5 1.029, b2 1.000, b1 1.000';
    expect(shown(await hits('jazz'))).toBe(jazz);
    const paged: string[] = [];
    for (let after: string | undefined; ; ) {
      const [hit] = await hits('jazz', { first: 1, after });
      if (!hit) break;
      paged.push(shown([hit]));
      after = hit.cursor;
    }
    expect(paged.join(', ')).toBe(jazz);
  });
});

describe('searchNames, of market twins', () => {
  let twins: TwoEngines;
  beforeAll(async () => {
    twins = await openTwoEngines({
      artists: [{ artist_id: 'a1', name: 'Rush' }],
      albums: [
        // The preferred one is less popular here than its twin, of which only a track's popularity is known.
        {
          album_id: 'p1',
          name: 'Signals',
          popularity: 40,
          total_tracks: 8,
          preferred_album_id: 'p1',
          artists: ['a1'],
        },
        { album_id: 'p2', name: 'Signals', total_tracks: 9, preferred_album_id: 'p1', artists: ['a1'] },
        {
          album_id: 'p3',
          name: 'シグナルズ',
          popularity: 30,
          total_tracks: 8,
          preferred_album_id: 'p1',
          artists: ['a1'],
        },
        {
          album_id: 'p4',
          name: 'Signals (Remastered)',
          popularity: 39,
          preferred_album_id: 'p1',
          artists: ['a1'],
        },
        { album_id: 'q1', name: 'Signals', popularity: 10 },
        { album_id: 'q2', name: 'Signalz', popularity: 5, preferred_album_id: 'q1' },
      ],
      tracks: [{ track_id: 't1', name: 'Subdivisions', popularity: 90, album_id: 'p2', artists: ['a1'] }],
    });
  });
  afterAll(() => twins?.close());

  const pageOf = async (term: string, more: Partial<SearchArgs> = {}) => {
    const [quick, slow] = await Promise.all(
      [twins.withIndex, twins.duckDbAlone].map((catalog) =>
        searchNames(catalog, { term, types: ['ALBUM'], ...more }, LIMITS).page(),
      ),
    );
    expect(quick, term).toEqual(slow);
    return quick?.edges ?? [];
  };
  const shown = async (term: string, more: Partial<SearchArgs> = {}) =>
    (await pageOf(term, more)).map(({ node }) => `${node.id} ${node.score.toFixed(3)}`).join(', ');

  it('finds an album once, by the preferred one of those that fit best', async () => {
    expect(await shown('signals')).toBe('p1 1.040, q1 1.010');
    expect(await shown('rush signals')).toBe('p1 0.940');
    expect(await shown('signals', { includeDuplicates: true })).toBe(
      'p2 1.090, p1 1.040, q1 1.010, p4 0.839, q2 0.205',
    );
  });

  it('finds it by the name of one of its twins too, and shows that one', async () => {
    expect(await shown('シグナルズ')).toBe('p3 1.030');
    expect(await shown('signals remastered')).toBe('p4 1.039');
    expect(await shown('rush remastered')).toBe('p4 0.739');
  });

  it('counts it once, and has it on one page', async () => {
    for (const catalog of [twins.withIndex, twins.duckDbAlone]) {
      const list = (more: Partial<SearchArgs>) =>
        searchNames(catalog, { term: 'signals', types: ['ALBUM'], ...more }, LIMITS);
      expect(await list({}).count()).toBe(2);
      expect(await list({ includeDuplicates: true }).count()).toBe(5);
    }
    const [first] = await pageOf('signals', { first: 1 });
    expect(first?.node.id).toBe('p1');
    expect(await shown('signals', { first: 1, after: first?.cursor })).toBe('q1 1.010');
    const [last] = await pageOf('signals', { last: 1 });
    expect(await shown('signals', { last: 1, before: last?.cursor })).toBe('p1 1.040');
  });
});

describe('searchNames, of a name and its artists', () => {
  let credited: TwoEngines;
  beforeAll(async () => {
    credited = await openTwoEngines({
      artists: [
        { artist_id: 'a1', name: 'The Beatles' },
        { artist_id: 'a2', name: 'Tribute Players' },
        { artist_id: 'a3', name: 'Ed Sheeran' },
        { artist_id: 'a4', name: 'Queen' },
        { artist_id: 'a5', name: 'JAY-Z' },
        { artist_id: 'a6', name: 'Alicia Keys' },
        { artist_id: 'a7', name: 'Simon & Garfunkel' },
        { artist_id: 'a8', name: 'Crowd' },
        ...Array.from({ length: 24 }, (_, at) => ({ artist_id: `m${at}`, name: `Member ${at}` })),
      ],
      albums: [
        { album_id: 'b1', name: 'Help! (Remastered)', artists: ['a1'], popularity: 70 },
        { album_id: 'b2', name: 'Help', artists: ['a2'], popularity: 20 },
      ],
      tracks: [
        {
          track_id: 't1',
          name: 'Yesterday - Remastered 2009',
          artists: ['a1'],
          popularity: 80,
          album_id: 'b1',
        },
        { track_id: 't2', name: 'Yesterday (Beatles tribute)', artists: ['a2'], popularity: 99 },
        { track_id: 't3', name: 'Yesterday Once More', artists: ['a2'], popularity: 50 },
        { track_id: 't4', name: 'Shape of You', artists: ['a3'], popularity: 90 },
        { track_id: 't5', name: 'Shape of You (feat. Stormzy)', artists: ['a3'], popularity: 40 },
        { track_id: 't6', name: 'Bohemian Rhapsody', artists: ['a4'], popularity: 85 },
        { track_id: 't7', name: 'Killer Queen', artists: ['a4'], popularity: 60 },
        { track_id: 't8', name: 'Empire State Of Mind', artists: ['a5', 'a6'], popularity: 75 },
        { track_id: 't9', name: 'The Boxer', artists: ['a7'], popularity: 65 },
        { track_id: 't10', name: 'Eden', artists: ['a3'], popularity: 30 },
        { track_id: 't11', name: 'Own It (feat. Ed Sheeran)', artists: ['a2', 'a3'], popularity: 88 },
        {
          track_id: 't12',
          name: 'Everyone',
          artists: Array.from({ length: 24 }, (_, at) => `m${at}`),
          popularity: 1,
        },
      ],
    });
  });
  afterAll(() => credited?.close());

  const hits = async (term: string, more: Partial<SearchArgs> = {}) => {
    const pages = await Promise.all(
      [credited.withIndex, credited.duckDbAlone].map((catalog) =>
        searchNames(catalog, { term, ...more }, LIMITS).page(),
      ),
    );
    expect(pages[0], term).toEqual(pages[1]);
    return (pages[0]?.edges ?? []).map(({ node }) => `${node.id} ${node.score.toFixed(3)}`).join(', ');
  };

  it.each([
    // The whole name, but for what is in brackets or after a dash, and the whole artist.
    ['beatles yesterday', 't1 0.980, t2 0.499'],
    ['the beatles - yesterday', 't1 0.980'],
    ['yesterday by the beatles', 't1 0.980'],
    ['shape of you ed sheeran', 't4 0.990, t5 0.940'],
    ['ed sheeran shape of you', 't4 0.990, t5 0.940'],
    ['ed sheeran, shape of you', 't4 0.990, t5 0.940'],
    ['shape of you stormzy ed sheeran', 't5 0.940'],
    ['simon and garfunkel the boxer', 't9 0.965'],
    ['jay z alicia keys empire state of mind', 't8 0.975'],
    ['alicia keys empire state of mind', 't8 0.975'],
    ['help beatles', 'b1 0.970'],
    // As it is typed: of the last word a beginning says it.
    ['bohemian rhapsody quee', 't6 0.985'],
    // One of both, and words of the other.
    ['queen bohemian', 't6 0.785'],
    ['sheeran shape of you', 't4 0.790, t5 0.740'],
    // Words of both, from their beginning.
    ['sheeran shape', 't4 0.590, t5 0.540'],
    // Elsewhere.
    ['queen hapsody', 't6 0.435'],
    // With a slip.
    ['beetles yesterday', 't2 0.299, t1 0.180'],
    ['queen bohemain', 't6 0.185'],
  ])('finds "%s": %s', async (term, expected) => {
    expect(await hits(term)).toBe(expected);
  });

  it('puts the track itself before a cover that is named after both', async () => {
    expect(await hits('yesterday beatles')).toBe('t1 0.980, t2 0.899');
  });

  it('takes the better score of what is found by its name and by its artists', async () => {
    expect(await hits('own it ed sheeran')).toBe('t11 0.988');
  });

  it.each([
    ['ed sheeran', 'a3 1.090, t11 0.688'],
    ['killer queen', 't7 1.060'],
    ['queen', 'a4 1.085, t7 0.660'],
  ])('finds no track by its artists alone, nor by its name: %s', async (term, expected) => {
    expect(await hits(term)).toBe(expected);
  });

  it('looks at the first twenty artists', async () => {
    expect(await hits('everyone member 19')).toBe('t12 0.901');
    expect(await hits('everyone member 23')).toBe('');
  });

  it('finds the types asked for, pages and counts', async () => {
    expect(await hits('help beatles', { types: ['TRACK', 'ARTIST'] })).toBe('');
    const list = (args: Partial<SearchArgs>) =>
      searchNames(credited.withIndex, { term: 'yesterday beatles', ...args }, LIMITS);
    expect(await list({}).count()).toBe(2);
    const first = await list({ first: 1 }).page();
    expect(first.edges.map(({ node }) => node.id)).toEqual(['t1']);
    expect(first.hasNextPage).toBe(true);
    const second = await list({ first: 1, after: first.edges[0]?.cursor ?? '' }).page();
    expect(second.edges.map(({ node }) => node.id)).toEqual(['t2']);
    expect(second.hasNextPage).toBe(false);
  });

  it('asks DuckDB for nothing', async () => {
    const before = credited.duckDbStatements();
    await searchNames(credited.withIndex, { term: 'beetles yesterday' }, LIMITS).page();
    expect(credited.duckDbStatements() - before).toBe(0);
  });
});

describe('searchNames, of many words each of which is a slip away from many others', () => {
  /** Words of seven letters, and neighbours of each in the catalogue. */
  const [WORDS, NEIGHBORS] = [25, 60];
  const bases = Array.from({ length: WORDS }, (_, at) => `${'abcdefghijklmnopqrstuvwxyz'.charAt(at)}irexon`);
  const vary = (word: string, at: number) => {
    const place = at % word.length;
    return `${word.slice(0, place)}${'bcdfgjkmnpqsvwz'.charAt(at % 15)}${word.slice(place + (at % 2))}`;
  };
  let dense: TwoEngines;
  beforeAll(async () => {
    dense = await openTwoEngines({
      tracks: Array.from({ length: 400 }, (_, at) => ({
        track_id: `t${at}`,
        name: bases.map((word, base) => vary(word, (at + base) % NEIGHBORS)).join(' '),
        popularity: at % 100,
      })),
    });
  });
  afterAll(() => dense?.close());

  it('compares no name with more than some spellings, in either engine alike', async () => {
    const asked: number[] = [];
    const serving: ServingIndex = Object.assign(Object.create(dense.index), {
      all: (...[sql, params]: Parameters<ServingIndex['all']>) => {
        asked.push(params.length);
        return dense.index.all(sql, params);
      },
    });
    const list = (catalog: Catalog) =>
      searchNames(catalog, { term: bases.join(' '), first: 100 }, LIMITS).page();
    const quick = await list({ ...dense.withIndex, serving });
    expect(quick).toEqual(await list(dense.duckDbAlone));
    expect(Math.max(...asked)).toBeLessThan(200);
  });
});
