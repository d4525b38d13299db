import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTouched, OPEN_ASKED } from '../../../src/pipeline/build/new-values.ts';
import { openQueues } from '../../../src/pipeline/build/side-by-side.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

/** What the parent's silver holds, by relation and column. */
const PARENT = {
  tracks: { track_id: 'old-track' },
  audio_features: { track_id: 'old-features' },
  albums: { album_id: 'old-album' },
  artists: { artist_id: 'old-artist' },
  rankings: { artist_id: 'ranked-artist' },
  playlists: { playlist_id: 'old-playlist' },
};

const inQueue = openQueues();
let db: DuckDb;
let dataDir: string;
const parent = {
  relations: Object.keys(PARENT).map((name) => ({
    layer: 'silver',
    name,
    files: [{ path: `${name}.parquet` }],
  })),
} as unknown as Manifest;

beforeEach(async () => {
  dataDir = makeTempFolder();
  db = await openMemoryDb();
  for (const [name, columns] of Object.entries(PARENT))
    for (const [column, value] of Object.entries(columns))
      await db.run(`copy (select '${value}' as ${column}) to '${join(dataDir, name)}.parquet'`);
  await db.run('create schema work; create schema staging');
  for (const [name, column] of [
    ['tracks', 'track_id'],
    ['audio_features', 'track_id'],
    ['albums', 'album_id'],
    ['artists', 'artist_id'],
  ])
    await db.run(`create table staging.${name} as select 'new-${column}' as ${column}`);
  await db.run(OPEN_ASKED);
});
afterEach(() => db.close());

async function isNew(layer: 'silver' | 'gold', column: string, ...values: string[]): Promise<boolean> {
  const rows = values.map((value) => `('${value}')`).join(', ');
  const select = `select * from (values ${rows}) v(${column})`;
  const asking = { dataDir, db, parent, inQueue };
  return (await findTouched(asking, { layer, column, table: 'touched', select })).isNew;
}

describe('findTouched', () => {
  it.each([
    ['track_id', 'old-track'],
    ['track_id', 'old-features'],
    ['recording_id', 'old-track'],
    ['entity_id', 'old-track'],
    ['entity_id', 'old-features'],
    ['entity_id', 'old-album'],
    ['entity_id', 'old-artist'],
    ['entity_id', 'ranked-artist'],
    ['entity_id', 'old-playlist'],
  ])('finds a %s that the parent has among new ones: %s', async (column, old) => {
    expect(await isNew('gold', column, 'other', 'another')).toBe(true);
    expect(await isNew('gold', column, 'other', old)).toBe(false);
    expect(await isNew('gold', column, old)).toBe(false);
    expect(await isNew('gold', column, 'other')).toBe(true);
  });

  it('knows an album that was asked for as a track before', async () => {
    expect(await isNew('gold', 'track_id', 'old-album')).toBe(true);
    expect(await isNew('gold', 'entity_id', 'old-album')).toBe(false);
    expect(await isNew('gold', 'track_id', 'old-album')).toBe(true);
  });

  it('decides on albums and artists in silver alone, where their documents are all there is', async () => {
    expect(await isNew('silver', 'album_id', 'other')).toBe(true);
    expect(await isNew('silver', 'album_id', 'other', 'old-album')).toBe(false);
    expect(await isNew('silver', 'artist_id', 'ranked-artist')).toBe(false);
    expect(await isNew('gold', 'album_id', 'other')).toBe(false);
    expect(await isNew('gold', 'artist_id', 'other')).toBe(false);
  });

  it('answers from what was asked before, all that came with the first question', async () => {
    await isNew('silver', 'track_id', 'new-track_id');
    const before = db.statements;
    expect(await isNew('silver', 'track_id', 'new-track_id')).toBe(true);
    expect(db.statements - before).toBe(1);
    const tracks = await db.all<{ track_id: string }>('select track_id from new_tracks order by 1');
    expect(tracks.map(({ track_id }) => track_id)).toEqual(['new-album_id', 'new-artist_id', 'new-track_id']);
  });

  it('counts the values, each once, of kinds that nobody looks for too', async () => {
    const asking = { dataDir, db, parent, inQueue };
    const count = (column: string, select: string) =>
      findTouched(asking, { layer: 'gold', column, table: 'touched', select });
    expect(await count('track_id', "select unnest(['a', 'b', 'a']) as track_id")).toEqual({
      values: 2,
      isNew: true,
    });
    expect(await count('genre', "select unnest(['a', 'a']) as genre")).toEqual({ values: 1, isNew: false });
    expect(await count('track_id', "select 'a' as track_id where false")).toMatchObject({ values: 0 });
  });

  it('stops when it is told to, and whoever is next asks again', async () => {
    const signal = AbortSignal.abort();
    const select = "select 'old-track' as track_id";
    const asking = { dataDir, db, parent, inQueue, signal };
    const touched = { layer: 'gold', column: 'track_id', table: 'touched', select } as const;
    await expect(findTouched(asking, touched)).rejects.toThrow('cancelled');
    expect(await isNew('gold', 'track_id', 'old-track')).toBe(false);
  });

  it('shows as new tracks those that the parent says nothing of', async () => {
    await isNew('silver', 'track_id', 'old-features', 'other');
    const tracks = await db.all<{ track_id: string }>(
      "select track_id from new_tracks where track_id not like 'new-%'",
    );
    expect(tracks).toEqual([{ track_id: 'other' }]);
  });
});
