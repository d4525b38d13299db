import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { albumsOfArtist, findAlbumsByIds, listAlbums } from '../../../src/store/catalog/albums.ts';
import {
  artistsOfAlbum,
  artistsOfGenre,
  artistsOfTrack,
  findArtistsByIds,
  listArtists,
} from '../../../src/store/catalog/artists.ts';
import {
  findGenresByNames,
  genresOfArtist,
  genresOfTrack,
  listGenres,
} from '../../../src/store/catalog/genres.ts';
import { findPlaylistsByIds, listPlaylists, playlistsOfTrack } from '../../../src/store/catalog/playlists.ts';
import { findTracksByIds } from '../../../src/store/catalog/tracks.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

const LIMITS = { maxPageSize: 100 };
let opened: FixtureCatalog;

beforeAll(async () => {
  opened = await openFixtureCatalog({
    artists: [
      {
        artist_id: 'a1',
        name: 'Rush',
        uri: 'spotify:artist:a1',
        popularity: 70,
        followers: 3_000_000_000,
        monthly_listeners: 5,
        streams: 9_007_199_254_740_991,
        external_url: 'https://example.org/a1',
        images: [
          { url: 'small', width: 64, height: 64 },
          { url: 'unknown' },
          { url: 'large', width: 640, height: 640 },
        ],
        genres: ['rock', 'art rock'],
      },
      { artist_id: 'a2', name: 'Yes', popularity: 80, genres: ['Rock'] },
    ],
    albums: [
      {
        album_id: 'b1',
        name: '2112',
        release_date: '1976-03',
        album_type: 'album',
        label: 'Mercury',
        popularity: 50,
        total_tracks: 6,
        upc: '1',
        artists: ['a2', 'a1'],
      },
      { album_id: 'b2', album_type: 'ep', artists: ['a1'] },
    ],
    tracks: [
      {
        track_id: 't1',
        album_id: 'b1',
        artists: ['a2', 'a1'],
        genres: ['live'],
        duration_ms: 1,
        is_explicit: false,
        popularity: 3,
        energy: 0.1 + 0.2,
        key: 0,
        mode: 0,
        features_provider: 'reccobeats',
      },
      { track_id: 't2', name: '' },
    ],
    playlists: [
      {
        playlist_id: 'p2',
        name: 'B',
        description: 'Loud',
        owner_name: 'Somebody',
        followers: 3_000_000_000,
        external_url: 'https://example.org/p2',
        images: [{ url: 'cover' }],
        tracks: [
          { track_id: 't1', genre: 'rock', subgenre: 'hard' },
          { track_id: 't1', genre: 'Électro', subgenre: 'hard' },
          { track_id: 't2', genre: 'Rock', subgenre: 'Zydeco' },
          { track_id: 't2', genre: 'art pop', subgenre: 'acid' },
          't2',
        ],
      },
      { playlist_id: 'p1', name: 'a', tracks: ['t1'] },
      { playlist_id: 'p3', name: 'b' },
    ],
  });
});
afterAll(() => opened.close());

describe('finding by key', () => {
  it('gives one entity per key in key order, null where there is none', async () => {
    const found = await findArtistsByIds(opened.catalog, ['a2', 'nobody', 'a1', 'a2']);
    expect(found.map((artist) => artist?.name ?? null)).toEqual(['Yes', null, 'Rush', 'Yes']);
  });

  it('gives artists as they are spoken of, pictures widest first', async () => {
    expect((await findArtistsByIds(opened.catalog, ['a1']))[0]).toEqual({
      id: 'a1',
      uri: 'spotify:artist:a1',
      name: 'Rush',
      popularity: 70,
      followers: 3_000_000_000,
      monthlyListeners: 5,
      streams: 9_007_199_254_740_991,
      externalUrl: 'https://example.org/a1',
      images: [
        { url: 'large', width: 640, height: 640 },
        { url: 'small', width: 64, height: 64 },
        { url: 'unknown', width: null, height: null },
      ],
      trackCount: 1,
      albumCount: 2,
    });
  });

  it('gives albums with the precision their date has; a type that is none of ours is null', async () => {
    const [known, unknown] = await findAlbumsByIds(opened.catalog, ['b1', 'b2']);
    expect(known).toMatchObject({
      albumType: 'ALBUM',
      releaseDate: '1976-03',
      releaseYear: 1976,
      upc: '1',
      preferredAlbumId: 'b1',
    });
    expect(unknown).toMatchObject({
      albumType: null,
      releaseDate: null,
      releaseYear: null,
      label: null,
      images: [],
    });
  });

  it('gives tracks with their features, null where nobody has any', async () => {
    const [with_, without] = await findTracksByIds(opened.catalog, ['t1', 't2']);
    expect(with_?.audioFeatures).toMatchObject({
      energy: 0.1 + 0.2,
      key: 0,
      mode: 'MINOR',
      tempo: null,
      provider: 'reccobeats',
    });
    expect(with_).toMatchObject({ isExplicit: false, durationMs: 1, albumId: 'b1' });
    expect(without).toMatchObject({
      name: '',
      audioFeatures: null,
      isExplicit: null,
      albumId: null,
      popularity: null,
    });
  });

  it('gives genres in any case, the one spelled as asked first', async () => {
    const found = await findGenresByNames(opened.catalog, ['rock', 'Rock', 'ART ROCK', 'none']);
    expect(found.map((genre) => genre?.name ?? null)).toEqual(['rock', 'Rock', 'art rock', null]);
  });

  it('gives playlists as their sources describe them, with the genres they list tracks under', async () => {
    const untold = { description: null, ownerName: null, followers: null, externalUrl: null };
    expect(await findPlaylistsByIds(opened.catalog, ['p2', 'p3'])).toEqual([
      {
        id: 'p2',
        name: 'B',
        trackCount: 2,
        description: 'Loud',
        ownerName: 'Somebody',
        followers: 3_000_000_000,
        externalUrl: 'https://example.org/p2',
        images: [{ url: 'cover', width: null, height: null }],
        genres: ['art pop', 'Électro', 'Rock', 'rock'],
        subgenres: ['acid', 'hard', 'Zydeco'],
      },
      { id: 'p3', name: 'b', trackCount: 0, ...untold, images: [], genres: [], subgenres: [] },
    ]);
  });
});

describe('lists under parents', () => {
  it('give artists as credited', async () => {
    const ids = (artists: readonly { id: string }[]) => artists.map((artist) => artist.id);
    expect((await artistsOfTrack.load(opened.catalog, ['t2', 't1'])).map(ids)).toEqual([[], ['a2', 'a1']]);
    expect((await artistsOfAlbum.load(opened.catalog, ['b1', 'b2'])).map(ids)).toEqual([
      ['a2', 'a1'],
      ['a1'],
    ]);
  });

  it("give a track's own genres first, then its artists'", async () => {
    const names = (genres: readonly { name: string }[]) => genres.map((genre) => genre.name);
    expect((await genresOfTrack.load(opened.catalog, ['t1'])).map(names)).toEqual([
      ['live', 'art rock', 'Rock', 'rock'],
    ]);
    expect((await genresOfArtist.load(opened.catalog, ['a1', 'a9'])).map(names)).toEqual([
      ['art rock', 'rock'],
      [],
    ]);
  });

  it('give each playlist of a track once, by name as playlists are listed', async () => {
    const [found] = await playlistsOfTrack.load(opened.catalog, ['t1']);
    expect(found?.map((playlist) => playlist.name)).toEqual(['a', 'B']);
  });

  it('page albums of an artist and artists of a genre', async () => {
    const [albums] = await albumsOfArtist({ where: { label: { eq: 'mercury' } } }, LIMITS).page.load(
      opened.catalog,
      ['a1'],
    );
    expect(albums?.edges.map(({ node }) => node.id)).toEqual(['b1']);
    const [artists] = await artistsOfGenre({}, LIMITS).page.load(opened.catalog, ['rock']);
    expect(artists?.edges.map(({ node }) => node.id)).toEqual(['a1']);
  });
});

describe('lists at the root', () => {
  const names = async (list: { page(): Promise<{ edges: readonly { node: { name: string } }[] }> }) =>
    (await list.page()).edges.map(({ node }) => node.name);

  it('have orders of their own', async () => {
    expect(await names(listArtists(opened.catalog, {}, LIMITS))).toEqual(['Yes', 'Rush']);
    expect(await names(listArtists(opened.catalog, { orderBy: [{ field: 'STREAMS' }] }, LIMITS))).toEqual([
      'Rush',
      'Yes',
    ]);
    expect(
      await names(
        listAlbums(opened.catalog, { orderBy: [{ field: 'RELEASE_DATE', nulls: 'FIRST' }] }, LIMITS),
      ),
    ).toEqual(['b2', '2112']);
    expect(
      await names(listGenres(opened.catalog, { orderBy: [{ field: 'NAME', direction: 'DESC' }] }, LIMITS)),
    ).toEqual(['Rock', 'rock', 'live', 'art rock']);
    expect(await names(listPlaylists(opened.catalog, {}, LIMITS))).toEqual(['a', 'B', 'b']);
  });

  it('page genres and playlists backward too', async () => {
    expect(await names(listPlaylists(opened.catalog, { last: 1 }, LIMITS))).toEqual(['b']);
    expect(
      await names(listGenres(opened.catalog, { last: 1, orderBy: [{ field: 'NAME' }] }, LIMITS)),
    ).toEqual(['rock']);
  });
});
