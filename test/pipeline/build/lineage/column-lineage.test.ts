import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listColumnLineage } from '../../../../src/pipeline/build/lineage/column-lineage.ts';
import type { DuckDb } from '../../../../src/store/duckdb.ts';
import type { ManifestColumnSource, ManifestLineage } from '../../../../src/store/snapshots/manifest.ts';
import { addDocuments, buildAll, lakehouse, openEmptyBuild } from '../../../lakehouse/build-in-memory.ts';
import { makeDocuments, makeFirstBatch, seeded } from '../random-landing.ts';

/** relation.column[path] with the first letter of how; I for IDENTITY. */
function show({ relation, column, path, how }: ManifestColumnSource): string {
  return `${relation}.${column}${path === null ? '' : ` ${path}`} ${how[0]}`;
}

function columnOf(lineage: readonly ManifestLineage[], relation: string, name: string) {
  const column = lineage.find((node) => node.relation === relation)?.columns?.find((c) => c.name === name);
  if (!column) throw new Error(`no ${relation}.${name}`);
  return column.from?.map(show) ?? column.reason;
}

describe('listColumnLineage(lakehouse)', () => {
  let db: DuckDb;
  let lineage: ManifestLineage[];
  const of = (relation: string, name: string) => columnOf(lineage, relation, name);

  beforeAll(async () => {
    db = await openEmptyBuild();
    const random = seeded(20_261_126);
    const documents = [...makeFirstBatch(random), ...makeDocuments(random, 400)];
    const rows = documents.map(({ source, kind, id, fetchedAt, body }, at) => {
      const fetched_at = new Date(fetchedAt).toISOString();
      return { source, kind, id, body, fetched_at, batch_id: `batch-${at % 7}` };
    });
    await addDocuments(db, rows);
    await buildAll(db);
    lineage = await listColumnLineage(db, lakehouse.relations);
  });
  afterAll(() => db.close());

  it('settles every column of every published relation: 485 of 485', () => {
    const columns = lineage.flatMap((node) =>
      (node.columns ?? []).map((column) => ({ ...column, name: `${node.relation}.${column.name}` })),
    );
    expect(columns.filter(({ from }) => from === null)).toEqual([]);
    expect(columns).toHaveLength(485);
  });

  it('names columns that exist, of relations that are read', () => {
    const known = new Set(
      lineage.flatMap((node) => (node.columns ?? []).map(({ name }) => `${node.relation}.${name}`)),
    );
    for (const node of lineage) {
      for (const source of (node.columns ?? []).flatMap(({ from }) => from ?? [])) {
        expect(known).toContain(`${source.relation}.${source.column}`);
        expect(node.reads, node.relation).toContain(source.relation);
      }
    }
  });

  it('calls IDENTITY only what holds the values of its columns, and nothing else, in a build of random documents', async () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { relation, columns = [] } of lineage) {
      for (const { name, from } of columns) {
        const isPlain = from?.length && from.every(({ how, path }) => how === 'IDENTITY' && path === null);
        if (!isPlain) continue;
        const known = from.map((s) => `select "${s.column}"::varchar from ${s.relation}`).join(' union all ');
        // "" stands for a name that no source has.
        const [row] = await db.all<{ n: number }>(
          `select count(*) as n from ${relation} where "${name}"::varchar <> '' and "${name}"::varchar not in (${known.replaceAll(' from ', ' as v from ')} )`,
        );
        compared += 1;
        if (row?.n) wrong.push(`${relation}.${name}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(150);
  });

  it('follows a join with USING, an alias and a macro that picks by source', () => {
    expect(of('gold.tracks', 'album_name')).toEqual(['gold.albums.name I']);
    expect(of('gold.tracks', 'features_provider')).toEqual(['gold.audio_features_by_provider.provider I']);
    expect(of('gold.tracks', 'isrc')).toEqual(['silver.tracks.isrc I', 'silver.tracks.source C']);
    expect(of('gold.tracks', 'release_date')).toEqual([
      'gold.albums.release_date T',
      'silver.tracks.release_date T',
      'silver.tracks.source C',
    ]);
  });

  it('follows CTEs, windows and a union down to a recording', () => {
    expect(of('gold.tracks', 'recording_id')).toEqual([
      'gold.track_artists.artist_id W',
      'silver.tracks.duration_ms W',
      'silver.tracks.isrc W',
      'silver.tracks.name W',
      'silver.tracks.source W',
      'silver.tracks.track_id T',
    ]);
    expect(of('gold.artist_names', 'name')).toEqual([
      'silver.album_artists.artist_name I',
      'silver.artists.name I',
      'silver.rankings.name I',
      'silver.track_artists.artist_name I',
    ]);
  });

  it('tells aggregates from counts of rows, which come from what groups them', () => {
    expect(of('gold.albums', 'track_count')).toEqual([
      'silver.tracks.album_id C',
      'silver.tracks.source C',
      'silver.tracks.track_id A',
    ]);
    expect(of('gold.genres', 'artist_count')).toEqual(['gold.artist_genres.genre C']);
    expect(of('gold.artists', 'track_count')).toEqual(['gold.track_artists.artist_id C']);
    expect(of('gold.artists', 'album_count')).toEqual(['gold.album_artists.artist_id C']);
    expect(of('gold.recordings', 'track_count')).toEqual(['gold.tracks.recording_id C']);
    expect(of('gold.artists', 'streams')).toEqual([
      'silver.rankings.fetched_at C',
      'silver.rankings.list C',
      'silver.rankings.source C',
      'silver.rankings.streams A',
      'silver.rankings.updated_on C',
    ]);
  });

  it('sees through staging to the place in the document', () => {
    expect(of('silver.tracks', 'isrc')).toEqual(['bronze.documents.body $.external_ids.isrc T']);
    expect(of('silver.rankings', 'lead_streams')).toEqual(['bronze.documents.body $.cells."As lead" T']);
    expect(of('silver.tracks', 'fetched_at')).toEqual(['bronze.documents.fetched_at I']);
    expect(of('silver.playlists', 'track_ids')).toEqual([
      'bronze.documents.body $.items.items[*].item.id T',
      'bronze.documents.body $.items.items[*].track.id T',
      'bronze.documents.body $.tracks.items[*].item.id T',
      'bronze.documents.body $.tracks.items[*].track.id T',
    ]);
  });

  it('follows structs: fields of a list that becomes rows', () => {
    expect(of('silver.track_artists', 'artist_id')).toEqual(['silver.tracks.artists T']);
    expect(of('gold.album_copyrights', 'text')).toEqual(['gold.albums.copyrights T']);
    expect(of('gold.images', 'width')).toEqual([
      'gold.albums.images T',
      'gold.artists.images T',
      'gold.playlists.images T',
    ]);
  });
});

describe('listColumnLineage(one relation)', () => {
  let db: DuckDb;
  beforeAll(async () => {
    db = await openEmptyBuild();
    await db.run(
      'create table silver.a (id integer, x integer, note varchar, s struct(u integer, v varchar)[])',
    );
    await db.run('create table silver.b (id integer, y integer, note varchar)');
  });
  afterAll(() => db.close());

  async function columnsOf(sql: string): Promise<Record<string, unknown>> {
    await db.run(`create or replace table gold.r as ${sql}`);
    const relation = { layer: 'gold', name: 'r', sql, reads: ['silver.a', 'silver.b'] } as const;
    const facts = {
      key: [],
      nullable: [],
      refers: [],
      touchedOnly: [],
      columns: '',
      slices: null,
      sharedOut: [],
    };
    const lineage = await listColumnLineage(db, [
      {
        ...relation,
        ...facts,
        incrementalSql: sql,
        incrementalReads: relation.reads,
        slicedSql: sql,
        aheadSql: null,
        columnsOf: null,
        touchedSql: null,
      },
    ]);
    const columns = lineage.find((node) => node.relation === 'gold.r')?.columns ?? [];
    return Object.fromEntries(columns.map(({ name, from, reason }) => [name, from?.map(show) ?? reason]));
  }

  it.each<[string, string, Record<string, unknown>]>([
    [
      'a name that only one of the inputs has, by their schemas',
      'select x, y, a.note from silver.a a join silver.b b on a.id = b.id',
      { x: ['silver.a.x I'], y: ['silver.b.y I'], note: ['silver.a.note I'] },
    ],
    [
      'USING once, from the left; from both where both sides are kept',
      'select id, l.x from silver.a l left join silver.b using (id)',
      { id: ['silver.a.id I'], x: ['silver.a.x I'] },
    ],
    [
      'a full join',
      'select id from silver.a full join silver.b using (id)',
      { id: ['silver.a.id I', 'silver.b.id I'] },
    ],
    ['a right join', 'select id from silver.a right join silver.b using (id)', { id: ['silver.b.id I'] }],
    [
      'a natural join under a star',
      'select * exclude (s) from silver.a natural join silver.b',
      { id: ['silver.a.id I'], x: ['silver.a.x I'], note: ['silver.a.note I'], y: ['silver.b.y I'] },
    ],
    [
      'a semi join, which shows the left side only',
      'select * exclude (s) replace (x + id as x) from silver.a semi join silver.b using (id)',
      { id: ['silver.a.id I'], x: ['silver.a.id T', 'silver.a.x T'], note: ['silver.a.note I'] },
    ],
    [
      'a union by name, whose sides differ',
      'select id, x from silver.a union all by name select y, id from silver.b',
      { id: ['silver.a.id I', 'silver.b.id I'], x: ['silver.a.x I'], y: ['silver.b.y I'] },
    ],
    [
      'a union by position, which takes its names from the left',
      'select id as n, x from silver.a union select y, id from silver.b',
      { n: ['silver.a.id I', 'silver.b.y I'], x: ['silver.a.x I', 'silver.b.id I'] },
    ],
    [
      'an except, whose right side gives no value',
      'select id from silver.a except select id from silver.b',
      { id: ['silver.a.id I'] },
    ],
    [
      'a CTE that hides a relation of its name, with names of its own',
      'with a(k) as (select y + 1 from silver.b) select k from a',
      { k: ['silver.b.y T'] },
    ],
    [
      'an alias used later in the list, and a column that comes before it',
      'select x + 1 as z, z * 2 as w, id as x, x as q from silver.a',
      { z: ['silver.a.x T'], w: ['silver.a.x T'], x: ['silver.a.id I'], q: ['silver.a.x I'] },
    ],
    [
      'a correlated subquery',
      'select (select max(b.y) from silver.b b where b.id = a.id) as top, (select a.x) as own from silver.a a',
      { top: ['silver.b.y A'], own: ['silver.a.x I'] },
    ],
    [
      'a condition and its results',
      "select case when x > 1 then note end as c, case x when 1 then 'one' end as w from silver.a",
      { c: ['silver.a.note I', 'silver.a.x C'], w: ['silver.a.x T'] },
    ],
    [
      'what may fail to be made',
      'select try(s) as t, try(s)[1].u as u, try(x + 1) as y from silver.a',
      { t: ['silver.a.s I'], u: ['silver.a.s T'], y: ['silver.a.x T'] },
    ],
    [
      'filter and order of an aggregate',
      "select string_agg(note, ',' order by x) filter (where id > 1) as n, count(*) as c from silver.a",
      { n: ['silver.a.id C', 'silver.a.note A', 'silver.a.x W'], c: [] },
    ],
    [
      'counts of rows by group, which a column, an expression, a place or a new name says, and of all rows',
      `select a.n, b.n as m, c.n as k, d.n as l, e.n as all_rows
       from (select id, count(*) as n from silver.a group by id) a join (select x + 1, count() as n from silver.a group by 1) b on true
       join (select note as said, count(*) filter (where x > 1) as n from silver.a group by said) c on true
       join (select 1 as one, count(*) as n from silver.b group by y || id) d on true join (select count(*) as n from silver.a) e on true`,
      {
        n: ['silver.a.id C'],
        m: ['silver.a.x C'],
        k: ['silver.a.note C', 'silver.a.x C'],
        l: ['silver.b.id C', 'silver.b.y C'],
        all_rows: [],
      },
    ],
    [
      'counts of rows by all that is no aggregate, wherever it stands',
      `select a.*, b.n as m, c.n as k from (select count(*) as n, id, x + 1 as z, z || note as w, max(s) as top from silver.a group by all) a
       join (select * exclude (note), count(*) filter (where y > 1) as n from silver.b group by all) b using (id)
       join (select count(*) as n, row_number() over () as t from silver.b group by all) c on true`,
      {
        n: ['silver.a.id C', 'silver.a.note C', 'silver.a.x C'],
        id: ['silver.a.id I'],
        z: ['silver.a.x T'],
        w: ['silver.a.note T', 'silver.a.x T'],
        top: ['silver.a.s A'],
        m: ['silver.b.id C', 'silver.b.y C'],
        k: [],
      },
    ],
    [
      'windows',
      'select row_number() over w as r, lag(x) over w as l, sum(x) over (partition by note) as t from silver.a window w as (partition by note order by id)',
      {
        r: ['silver.a.id W', 'silver.a.note W'],
        l: ['silver.a.id W', 'silver.a.note W', 'silver.a.x T'],
        t: ['silver.a.note W', 'silver.a.x A'],
      },
    ],
    [
      'structs made and taken apart',
      'select unnest(s, recursive := true), {p: x, q: note}.q as q, list_transform(s, lambda i: i.v || x) as l from silver.a',
      {
        u: ['silver.a.s T'],
        v: ['silver.a.s T'],
        q: ['silver.a.note T', 'silver.a.x T'],
        l: ['silver.a.s T', 'silver.a.x T'],
      },
    ],
    [
      'what the parse does not settle, with the reason',
      'select id, exists(select 1 from silver.b) as any_b from silver.a',
      { id: ['silver.a.id I'], any_b: 'it says whether a subquery has rows, which is not of single columns' },
    ],
    [
      'columns chosen by a pattern',
      "select columns('^i') from silver.a",
      { id: 'columns are chosen by a pattern or renamed within a star' },
    ],
    [
      'a table function',
      'select generate_series as n from generate_series(1, 3)',
      { n: 'it reads a table function' },
    ],
  ])('follows %s', async (_title, sql, expected) => {
    expect(await columnsOf(sql)).toEqual(expected);
  });
});
