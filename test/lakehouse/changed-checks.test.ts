// Checks that a build of new batches narrows to what it changed find there what they find everywhere, where they found nothing before.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/pipeline/build/run-check.ts';
import type { DuckDb } from '../../src/store/duckdb.ts';
import { openMemoryDb } from '../fixtures/memory-db.ts';
import { seeded } from '../pipeline/build/random-landing.ts';
import { lakehouse } from './build-in-memory.ts';

const COLUMNS = {
  tracks: 'track_id varchar, name varchar, features_provider varchar, energy double, tempo double',
  audio_features: 'track_id varchar, provider varchar, energy double, tempo double',
  track_artists: 'track_id varchar, artist_id varchar, position integer',
};
const TRACKS = 8;

let db: DuckDb;
beforeEach(async () => {
  db = await openMemoryDb();
  for (const schema of ['gold', 'before', 'changed']) await db.run(`create schema ${schema}`);
});
afterEach(() => db.close());

/** Some tracks, whole: each with the features and the artist that it says it has. */
function makeRows(random: () => number): Record<keyof typeof COLUMNS, string[]> {
  const ids = Array.from({ length: TRACKS }, (_, at) => `t${at}`).filter(() => random() < 0.6);
  const withFeatures = ids.filter(() => random() < 0.6);
  const energy = new Map(withFeatures.map((id) => [id, Math.round(random() * 2)]));
  return {
    tracks: ids.map(
      (id) => `('${id}', 'name', ${energy.has(id) ? `'reccobeats', ${energy.get(id)}` : 'null, null'}, null)`,
    ),
    audio_features: withFeatures.map((id) => `('${id}', 'reccobeats', ${energy.get(id)}, null)`),
    track_artists: ids.map((id) => `('${id}', 'a${Math.round(random())}', 1)`),
  };
}

async function fill(schema: string, rows: Record<string, readonly string[]>): Promise<void> {
  for (const [name, columns] of Object.entries(COLUMNS)) {
    const table = schema === 'before' ? `before.gold_${name}` : `gold.${name}`;
    await db.run(`create or replace table ${table} (${columns})`);
    if (rows[name]?.length) await db.run(`insert into ${table} values ${rows[name].join(', ')}`);
  }
}

/** What a build leaves beside the relations: the rows that came and went, and some of the tracks of which nothing was said before. */
async function showChange(random: () => number): Promise<void> {
  for (const name of Object.keys(COLUMNS))
    await db.run(`create or replace table changed.gold_${name} as
      select *, true as is_new from (from gold.${name} except from before.gold_${name})
      union all select *, false from (from before.gold_${name} except from gold.${name})`);
  const asked = Array.from({ length: TRACKS }, (_, at) => `('t${at}')`).filter(() => random() < 0.7);
  await db.run(`create or replace view new_tracks as
    select track_id from (values ('other'), ${asked.join(', ') || "('another')"}) v(track_id)
    where track_id not in (select track_id from before.gold_tracks)
      and track_id not in (select track_id from before.gold_audio_features)`);
}

/** Loses rows of each relation at random: what is left need not fit together. */
const damage = (random: () => number, rows: Record<string, readonly string[]>) =>
  Object.fromEntries(Object.entries(rows).map(([name, all]) => [name, all.filter(() => random() < 0.9)]));

describe.each(['tracks_features_identity', 'tracks_without_artist'])('%s', (name) => {
  const check = lakehouse.checks.find((other) => other.name === name);

  it('finds in what changed what it finds everywhere', async () => {
    let found = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = seeded(seed);
      await fill('before', makeRows(random));
      await fill('gold', damage(random, makeRows(random)));
      await showChange(random);
      const [whole, narrowed] = [check?.sql, check?.incrementalSql].map((sql) => ({ name, sql: sql ?? '' }));
      if (!whole || !narrowed) throw new Error(`there is no ${name}`);
      const { failures } = await runCheck(db, whole);
      expect((await runCheck(db, narrowed)).failures, `seed ${seed}`).toBe(failures);
      found += failures;
    }
    expect(found).toBeGreaterThan(10);
  });
});

describe('tracks_albums_reference', () => {
  const check = lakehouse.checks.find(({ name }) => name === 'tracks_albums_reference');

  it('takes a track that came without an album for what it is, though no album came along', async () => {
    await db.run(`create table gold.tracks as from (values ('new', null), ('old', 'x')) v(track_id, album_id);
      create table gold.albums as select 'x' as album_id;
      create table changed.gold_tracks as select 'new' as track_id, null::varchar as album_id, true as is_new;
      create table changed.gold_albums as select 'x' as album_id, true as is_new where false`);
    const texts = [
      check?.sql,
      check?.incrementalSql,
      check?.reference?.newRowsSql,
      check?.reference?.openSql,
    ];
    for (const sql of texts) {
      if (!sql) throw new Error('there is no such check');
      expect((await runCheck(db, { name: 'tracks_albums_reference', sql })).failures, sql).toBe(0);
    }
  });

  it('finds a track that came with an album that is not there', async () => {
    await db.run(`create table gold.tracks as from (values ('new', 'gone'), ('old', 'x')) v(track_id, album_id);
      create table gold.albums as select 'x' as album_id;
      create table changed.gold_tracks as select 'new' as track_id, 'gone' as album_id, true as is_new;
      create table changed.gold_albums as select 'x' as album_id, true as is_new where false`);
    const texts = [
      check?.sql,
      check?.incrementalSql,
      check?.reference?.newRowsSql,
      check?.reference?.openSql,
    ];
    for (const sql of texts)
      expect(
        (await runCheck(db, { name: 'tracks_albums_reference', sql: sql ?? '' })).failures,
        sql ?? '',
      ).toBe(1);
  });
});
