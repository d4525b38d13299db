import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BuildSession } from '../../../src/pipeline/build/build-session.ts';
import { makeKeyChecks } from '../../../src/pipeline/build/key-checks.ts';
import { orderRelations } from '../../../src/pipeline/build/relations.ts';
import { openChecks } from '../../../src/pipeline/build/run-check.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';

/** Tracks that name an album each, and what a build of new batches changed of both. */
const RELATIONS = orderRelations([
  { layer: 'gold', name: 'albums', sql: '-- key: album_id\nselect 1' },
  { layer: 'gold', name: 'tracks', sql: '-- key: track_id\n-- refers: album_id to gold.albums\nselect 1' },
]);
const CHECKS = RELATIONS.flatMap(makeKeyChecks);
const PASSED = { relation: '', severity: 'BLOCK', passed: true, failures: 0, sample: [] } as const;

/** Relations are tables here. */
const asItIs = (sql: string) => sql;

let db: DuckDb;

beforeEach(async () => {
  db = await openMemoryDb();
  for (const statement of [
    'create schema gold',
    'create schema changed',
    'create table gold.albums (album_id varchar)',
    'create table gold.tracks (track_id varchar, album_id varchar)',
    'create table changed.gold_albums (album_id varchar, is_new boolean)',
    'create table changed.gold_tracks (track_id varchar, album_id varchar, is_new boolean)',
    "insert into gold.albums values ('a')",
    "insert into gold.tracks values ('1', 'a')",
  ])
    await db.run(statement);
});
afterEach(() => db.close());

/** Runs the check that albums of tracks are there, in a build after which these relations have other content than before. */
async function checkReference(changed: readonly string[]) {
  const relations = RELATIONS.map(({ layer, name }) => ({ layer, name, contentHash: 'before' }));
  const session = {
    db,
    foundAhead: new Map(),
    lakehouse: { checks: CHECKS },
    relations: relations.map((each) =>
      changed.includes(each.name) ? { ...each, contentHash: 'after' } : each,
    ),
    plan: {
      how: 'INCREMENTAL',
      parent: { relations, checks: CHECKS.map(({ name }) => ({ ...PASSED, name })) },
      newBatches: [],
    },
  } as unknown as BuildSession;
  const run = await openChecks(session, asItIs);
  const check = CHECKS.find(({ reference }) => reference);
  if (!check) throw new Error('there is a reference');
  const { failures, sample } = await run(check);
  return { failures, tracks: sample.map((row) => row.track_id) };
}

describe('a reference in a build of new batches', () => {
  it('is broken by a row that came and leads nowhere', async () => {
    await db.run("insert into gold.tracks values ('2', 'b')");
    await db.run("insert into changed.gold_tracks values ('2', 'b', true)");
    expect(await checkReference(['tracks'])).toEqual({ failures: 1, tracks: ['2'] });
  });

  it('holds for rows that lead to what came along, to what was there, and to nothing', async () => {
    await db.run("insert into gold.albums values ('b')");
    await db.run("insert into changed.gold_albums values ('b', true)");
    const rows = "('2', 'b', true), ('3', 'a', true), ('4', null, true)";
    await db.run(`insert into changed.gold_tracks values ${rows}`);
    await db.run('insert into gold.tracks select track_id, album_id from changed.gold_tracks');
    expect(await checkReference(['albums', 'tracks'])).toEqual({ failures: 0, tracks: [] });
  });

  it('is broken by the going of a key, in rows that stayed as they were', async () => {
    await db.run('delete from gold.albums');
    await db.run("insert into changed.gold_albums values ('a', false)");
    expect(await checkReference(['albums'])).toEqual({ failures: 1, tracks: ['1'] });
  });

  it('holds where a key only got another row', async () => {
    await db.run("insert into changed.gold_albums values ('a', false), ('a', true)");
    expect(await checkReference(['albums'])).toEqual({ failures: 0, tracks: [] });
  });

  it('does not look at what was there before where every key came along', async () => {
    await db.run("insert into changed.gold_albums values ('b', true)");
    await db.run("insert into changed.gold_tracks values ('2', 'b', true), ('3', null, true)");
    await db.run('drop table gold.albums');
    expect(await checkReference(['albums', 'tracks'])).toEqual({ failures: 0, tracks: [] });
  });

  it('is not looked at where nothing has changed', async () => {
    await db.run('drop table gold.tracks');
    expect(await checkReference([])).toEqual({ failures: 0, tracks: [] });
  });
});

describe('references in a build of everything', () => {
  const relations = orderRelations([
    { layer: 'gold', name: 'albums', sql: '-- key: album_id\nselect 1' },
    { layer: 'gold', name: 'covers', sql: '-- refers: of_album to gold.albums (album_id)\nselect 1' },
    { layer: 'gold', name: 'tracks', sql: '-- refers: album_id to gold.albums\nselect 1' },
  ]);
  const references = relations.flatMap(makeKeyChecks).filter(({ reference }) => reference);

  async function checkAll() {
    const session = {
      db,
      foundAhead: new Map(),
      lakehouse: { checks: references },
      plan: { how: 'FULL' },
    } as unknown as BuildSession;
    const before = db.statements;
    const run = await openChecks(session, asItIs);
    const found = [];
    for (const check of references) found.push(await run(check));
    return { found, statements: db.statements - before };
  }

  beforeEach(() => db.run("create table gold.covers as select 'a' as of_album union all select null"));

  it('to one column are looked up in one statement where all of them hold', async () => {
    const { found, statements } = await checkAll();
    expect(found.map(({ name, passed }) => [name, passed])).toEqual([
      ['covers_of_album_reference', true],
      ['tracks_albums_reference', true],
    ]);
    expect(statements).toBe(1);
  });

  it('are told apart where one is broken, with its rows', async () => {
    await db.run("insert into gold.covers values ('b'), ('c')");
    const { found } = await checkAll();
    expect(found).toMatchObject([
      { name: 'covers_of_album_reference', passed: false, failures: 2 },
      { name: 'tracks_albums_reference', passed: true, failures: 0 },
    ]);
    expect(found[0]?.sample.map((row) => row.of_album).sort()).toEqual(['b', 'c']);
  });

  it('are all broken where nothing is there to lead to', async () => {
    await db.run('delete from gold.albums');
    const { found } = await checkAll();
    expect(found.map(({ failures }) => failures)).toEqual([1, 1]);
  });
});
