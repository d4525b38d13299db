import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCheck } from '../../src/pipeline/build/run-check.ts';
import { type DuckDb, quoteText } from '../../src/store/duckdb.ts';
import { REAL_CSV } from '../fixtures/real-csv.ts';
import { buildAll, lakehouse, openEmptyBuild } from './build-in-memory.ts';

// The figures were computed independently of this project (issue "From nothing to a served lakehouse").
describe.skipIf(REAL_CSV === null)('the lakehouse over the real TidyTuesday data set', () => {
  let db: DuckDb;
  const one = async (sql: string) => Object.values((await db.all<Record<string, unknown>>(sql))[0] ?? {});

  beforeAll(async () => {
    db = await openEmptyBuild();
    await db.run(`insert into bronze.documents
      select 'tidytuesday', 'dataset_row', row_number() over ()::varchar, 'b', 'r', '2026-11-01T00:00:00Z'::timestamptz,
        sha256(to_json(c)::varchar), to_json(c)::varchar
      from read_csv(${quoteText(REAL_CSV ?? '')}, all_varchar = true, nullstr = '\u0001') c`);
    await buildAll(db);
  });
  afterAll(() => db?.close());

  it('counts entities', async () => {
    expect(await one('select count(*) from gold.tracks')).toEqual([28_356]);
    expect(await one('select count(*) from gold.albums')).toEqual([22_545]);
    expect(await one('select count(*) from gold.artists')).toEqual([10_692]);
    expect(await one('select count(*) from gold.playlists')).toEqual([471]);
    expect(await one('select count(*) from gold.playlist_tracks')).toEqual([32_833]);
    expect(await one('select count(*) from silver.rejects')).toEqual([0]);
  });

  it('averages over distinct tracks, with an undetected tempo as missing', async () => {
    const [energy, tempo, missing, danceability] = await one(
      'select avg(energy), avg(tempo), count(*) - count(tempo), avg(danceability) from gold.tracks',
    );
    expect(energy).toBeCloseTo(0.698388, 6);
    expect(tempo).toBeCloseTo((120.956176 * 28_356) / 28_355, 3);
    expect(missing).toBe(1);
    expect(danceability).toBeCloseTo(0.653372, 6);
    const [pearson] = await one('select corr(energy, loudness) from gold.tracks');
    expect(pearson).toBeCloseTo(0.682138, 6);
  });

  it('keeps the genre at the place on the playlist', async () => {
    const rows = await db.all<{ genre: string; tracks: number }>(
      'select genre, count(distinct track_id) as tracks from gold.playlist_tracks group by genre order by genre',
    );
    expect(Object.fromEntries(rows.map((row) => [row.genre, row.tracks]))).toEqual({
      pop: 5_132,
      rap: 5_486,
      rock: 4_451,
      latin: 4_641,
      'r&b': 5_138,
      edm: 5_537,
    });
    expect(
      await one(
        'select count(*) from (select playlist_id from gold.playlist_tracks group by 1 having count(distinct genre) > 1)',
      ),
    ).toEqual([5]);
  });

  it('knows how precise a release date is', async () => {
    const rows = await db.all<{ p: string; n: number }>(
      'select b.release_date_precision as p, count(*) as n from gold.tracks t join gold.albums b using (album_id) group by 1',
    );
    expect(Object.fromEntries(rows.map((row) => [row.p, row.n]))).toEqual({
      day: 26_675,
      month: 25,
      year: 1_656,
    });
  });

  it('finds the popular and the prolific', async () => {
    const popular = await db.all(
      'select name, popularity from gold.tracks order by popularity desc nulls last, track_id limit 2',
    );
    expect(popular).toEqual([
      { name: 'Dance Monkey', popularity: 100 },
      { name: 'ROXANNE', popularity: 99 },
    ]);
    expect(await one("select track_count from gold.artists where name = 'Queen'")).toEqual([130]);
  });

  it('keeps the tracks whose name and artist are the literal NA as missing values', async () => {
    expect(
      await one(
        "select count(*), count(artist_name) from gold.tracks t where name = '' and not exists (from gold.track_artists ta where ta.track_id = t.track_id)",
      ),
    ).toEqual([4, 0]);
    expect(await one("select count(*) from gold.artists where name = 'NA'")).toEqual([0]);
  });

  it('passes every blocking check', async () => {
    const results = await Promise.all(lakehouse.checks.map((check) => runCheck(db, check)));
    expect(
      results
        .filter((result) => !result.passed)
        .map((result) => [result.name, result.severity, result.failures]),
    ).toEqual([['tracks_without_artist', 'WARN', 4]]);
  });
});
