import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { CancelledError } from '../../../src/errors.ts';
import { openCatalog } from '../../../src/store/catalog/open.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

describe('openCatalog', () => {
  let opened: FixtureCatalog;
  beforeAll(async () => {
    opened = await openFixtureCatalog({
      artists: [{ artist_id: 'a1', name: 'Björk', genres: ['art pop'] }],
      albums: [{ album_id: 'b1', release_date: '1997-09', artists: ['a1'] }],
      tracks: [
        {
          track_id: 't1',
          album_id: 'b1',
          artists: ['a1'],
          energy: 0.5,
          popularity: 3,
          genres: ['electronic'],
        },
        { track_id: 't2', popularity: 9 },
      ],
      playlists: [{ playlist_id: 'p1', tracks: ['t1', { track_id: 't1', subgenre: 'x' }, 't2'] }],
    });
  });
  afterAll(() => opened.close());

  it('answers from the files of the manifest, by popularity', async () => {
    const rows = await opened.catalog.all(
      'select track_id, album_name, artist_name, release_year from gold.tracks',
    );
    expect(rows).toEqual([
      { track_id: 't2', album_name: null, artist_name: null, release_year: null },
      { track_id: 't1', album_name: 'b1', artist_name: 'Björk', release_year: 1997 },
    ]);
  });

  it('has the links and counts that follow from the rows', async () => {
    const rows = await opened.catalog.all('select * from gold.genres order by name');
    expect(rows).toEqual([
      { name: 'art pop', artist_count: 1, track_count: 1 },
      { name: 'electronic', artist_count: 0, track_count: 1 },
    ]);
    expect(await opened.catalog.all('select name_key, track_count, album_count from gold.artists')).toEqual([
      { name_key: 'bjork', track_count: 1, album_count: 1 },
    ]);
    expect(await opened.catalog.all('select track_count from gold.playlists')).toEqual([{ track_count: 2 }]);
    expect(await opened.catalog.all('select track_id, provider from gold.audio_features')).toEqual([
      { track_id: 't1', provider: 'test' },
    ]);
  });

  it('serves a relation without files as empty', async () => {
    const { manifest, dataDir } = opened.fixture;
    const relations = manifest.relations.map((r) => (r.name === 'tracks' ? { ...r, files: [], rows: 0 } : r));
    const empty = await openCatalog({
      manifest: { ...manifest, relations },
      dataDir,
      config: readConfig({}),
      clock: systemClock,
      tempDir: join(dataDir, 'tmp'),
    });
    const catalog = empty.forRequest(new AbortController().signal);
    expect(await catalog.all('select track_id, energy from gold.tracks')).toEqual([]);
    await empty.close();
  });

  it('refuses files outside the layers, and changes of settings', async () => {
    await expect(opened.catalog.all("select * from read_text('/etc/passwd')")).rejects.toThrow(/Permission/);
    const outside = join(opened.fixture.dataDir, 'gold', '..', '..', '*');
    await expect(opened.catalog.all(`select * from read_text('${outside}')`)).rejects.toThrow(/Permission/);
    await expect(opened.catalog.all("set memory_limit = '9GB'")).rejects.toThrow(/locked/);
  });

  it('counts statements and ends them when the request is over', async () => {
    const before = opened.open.statements;
    await opened.catalog.all('select 1');
    expect(opened.open.statements - before).toBe(1);
    const gone = opened.open.forRequest(AbortSignal.abort());
    await expect(gone.all('select 1')).rejects.toBeInstanceOf(CancelledError);
    expect(opened.open.active).toBe(0);
  });

  it('says which part of a regular expression is not valid', async () => {
    await expect(
      opened.catalog.all("select regexp_matches(name, ?, 'i') from gold.tracks", ['a(']),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      field: 'matches',
    });
  });
});
