import { describe, expect, it } from 'vitest';
import type { BuildSession } from '../../../src/pipeline/build/build-session.ts';
import { type Reader, resolveSql, showRelations } from '../../../src/pipeline/build/resolved-sql.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';

type Relation = BuildSession['relations'][number];

const relation = (layer: 'silver' | 'gold', name: string, ...paths: string[]) =>
  ({
    layer,
    name,
    rows: 5_000,
    columns: [{ name: 'id', type: 'VARCHAR' }],
    files: paths.map((path) => ({ path })),
  }) as unknown as Relation;

/** A build that has added a file to silver.tracks, and nothing to silver.albums. */
function open() {
  const albums = relation('silver', 'albums', 'albums-1');
  return {
    relations: [relation('silver', 'tracks', 'tracks-1', 'tracks-2'), albums],
    plan: { how: 'INCREMENTAL', parent: { relations: [relation('silver', 'tracks', 'tracks-1'), albums] } },
  } as unknown as BuildSession;
}
const select = (...paths: string[]) =>
  `select * from read_parquet([${paths.map((path) => `'/data/${path}'`).join(', ')}], hive_partitioning = false)`;
const resolve = (sql: string, reader: Partial<Reader> = {}) =>
  resolveSql(sql, { session: open(), dataDir: '/data', ...reader });

describe('resolveSql', () => {
  it('puts in the place of a name the rows as they are now, or as the parent has them', () => {
    expect(resolve('from silver.tracks t join before.silver_tracks b using (id)')).toBe(
      `from (${select('tracks-1', 'tracks-2')}) t join (${select('tracks-1')}) b using (id)`,
    );
  });

  it('shows a relation in part to one reader, and whole to whoever reads it at the same time', () => {
    const reader = { session: open(), dataDir: '/data' };
    const inPart = resolveSql('from silver.tracks', { ...reader, inPart: ['silver.tracks'] });
    expect(inPart).toBe('from (select "id" from changed."silver_tracks" where is_new)');
    expect(resolveSql('from silver.tracks', reader)).toBe(`from (${select('tracks-1', 'tracks-2')})`);
  });

  it('gives each update tables of its own to work with', () => {
    const sql = 'where id in (from touched) union all by name select * from stale';
    expect(resolve(sql, { updated: { layer: 'silver', name: 'tracks' } })).toBe(
      'where id in (from work."touched_silver_tracks") union all by name select * from ' +
        '(select * exclude ("~hash", "~file") from work."stale_silver_tracks")',
    );
    expect(resolve(sql, { updated: { layer: 'gold', name: 'tracks' } })).not.toContain('silver');
    expect(resolve(sql)).toBe(sql);
  });

  it('leaves texts, comments, and what is no relation as they are', () => {
    const sql =
      "-- silver.tracks isn't\nselect 'it''s gold.albums', changed.is_new from changed.silver_tracks";
    expect(resolve(sql)).toBe(sql);
    expect(resolve("select ''from silver.albums -- from silver.tracks")).toBe(
      `select ''from (${select('albums-1')}) -- from silver.tracks`,
    );
  });

  it('opens no file of a relation without rows', () => {
    const session = open();
    const [tracks] = session.relations as [Relation];
    session.relations.splice(0, 1, { ...tracks, rows: 0 });
    expect(resolve('from silver.tracks', { session })).toBe(
      'from (select "id" from changed."silver_tracks" where false)',
    );
  });

  it('refuses a relation that is not built yet, or that the parent does not have', () => {
    expect(() => resolve('from gold.tracks')).toThrow('"gold.tracks"');
    expect(() => resolve('from before.gold_tracks')).toThrow('"gold_tracks"');
  });
});

describe('showRelations', () => {
  const show = async (how: 'FULL' | 'INCREMENTAL') => {
    const statements: string[] = [];
    const db = { run: async (sql: string) => void statements.push(sql) } as unknown as DuckDb;
    const { plan, ...session } = open();
    await showRelations({ ...session, plan: { ...plan, how } as typeof plan, db }, '/data');
    return statements;
  };

  it('names every relation, all its rows', async () => {
    expect((await show('INCREMENTAL')).join().split(';\n')).toEqual([
      `create or replace view silver."tracks" as ${select('tracks-1', 'tracks-2')}`,
      `create or replace view silver."albums" as ${select('albums-1')}`,
    ]);
  });

  it('leaves the names that a build of everything gave', async () => {
    expect(await show('FULL')).toEqual([]);
  });
});
