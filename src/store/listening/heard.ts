// An account's plays in memory as figures need them: an array for each thing that is known of a play, and of a track; tracks by number.
//
// Made when plays are merged, and kept beside them: heard-plays, which follow from the plays alone, and heard-tracks, with what gold says of
// them in the snapshot that they were merged with. Of another snapshot, and where a file is not there or not whole, they are made anew.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDb, quoteName } from '../duckdb.ts';
import { meanSql, selectUnits } from '../exact-sums.ts';
import { type Arrays, readArrays, writeArrays } from './array-file.ts';
import { selectArrays } from './select-arrays.ts';
import { COUNTS_FROM_MS } from './span.ts';

/** How a played track sounds, of gold.audio_features, that taste is made of. */
export const TASTE_FEATURES = [
  'danceability',
  'energy',
  'valence',
  'acousticness',
  'instrumentalness',
  'liveness',
  'speechiness',
  'tempo',
  'loudness',
] as const;

export type TasteFeature = (typeof TASTE_FEATURES)[number];

/** Texts by number; "" where there is none. */
export interface Texts {
  readonly count: number;
  at(place: number): string;
}

/** Numbers of things that belong to a track: those of track t are items[starts[t]] up to, without, items[starts[t + 1]]. */
export interface Links {
  readonly starts: Uint32Array;
  readonly items: Int32Array;
}

/** Plays in the order of the merged file: by when they ended. */
export interface HeardPlays {
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly endedAt: Float64Array;
  readonly track: Int32Array;
  readonly msPlayed: Int32Array;
  /** 1, 0, or -1: not said. */
  readonly isSkipped: Int8Array;
}

/** Tracks as plays name them: an id with two names is two. Numbers are -1 where there is nothing to number. */
export interface HeardTracks {
  readonly count: number;
  readonly trackName: Texts;
  readonly artistName: Texts;
  readonly albumName: Texts;
  readonly recordingId: Texts;
  readonly albumId: Texts;
  /** The same for all ids and names of one. */
  readonly recording: Int32Array;
  /** By id, else by names. */
  readonly album: Int32Array;
  /** By id; -1 where the catalogue has none. */
  readonly catalogueAlbum: Int32Array;
  /** The first artist, by name. */
  readonly artist: Int32Array;
  /** 1 major, 0 minor. */
  readonly mode: Int8Array;
  /** The first play of at least 30 s, of the recording under any id and name and of the artist; NaN while there is none. */
  readonly firstAt: Float64Array;
  readonly artistFirstAt: Float64Array;
  /** NaN where not known. */
  readonly features: Readonly<Record<TasteFeature, Float64Array>>;
  /** Artists by the links of the catalogue, else by the name; of several of a name the best known. */
  readonly links: Links;
  readonly artistId: Texts;
  readonly catalogueArtistName: Texts;
  readonly genres: Links;
  readonly genre: Texts;
  /** Averages over the tracks of the catalogue, in the order of TASTE_FEATURES; NaN when none has it. */
  readonly catalogue: Float64Array;
}

export interface Heard {
  readonly plays: HeardPlays;
  readonly tracks: HeardTracks;
}

/** Grows when the files change what they hold. */
export const HEARD_FORMAT = 2;
const PLAYS_FILE = 'heard-plays.bin';
const TRACKS_FILE = 'heard-tracks.bin';

/**
 * Makes both files in a version's folder, not yet synced; neither where one fails.
 *
 * @param db with the views of create-views.ts
 */
export async function writeHeard(db: DuckDb, folder: string, signal?: AbortSignal): Promise<void> {
  const [plays, tracks] = [join(folder, PLAYS_FILE), join(folder, TRACKS_FILE)];
  try {
    await numberTracks(db, signal);
    await writeArrays(plays, await selectPlays(db, signal));
    await writeArrays(tracks, await selectTracks(db, signal));
    await db.run('drop table me.heard_tracks');
  } catch (error) {
    for (const path of [plays, tracks]) await rm(path, { force: true });
    throw error;
  }
}

/**
 * @param openDb opens the account's database, where something must be made anew
 * @param isWritten whether the files are there, in this format
 * @param isOfSnapshot whether the plays were merged with the snapshot that is asked
 */
export async function readHeard(
  folder: string,
  {
    openDb,
    isWritten,
    isOfSnapshot,
  }: { openDb: () => Promise<DuckDb>; isWritten: boolean; isOfSnapshot: boolean },
): Promise<Heard> {
  const plays = isWritten ? await readArrays(join(folder, PLAYS_FILE)) : null;
  const tracks = plays && isOfSnapshot ? await readArrays(join(folder, TRACKS_FILE)) : null;
  if (plays && tracks) return toHeard(plays, tracks);
  const db = await openDb();
  await numberTracks(db);
  try {
    return toHeard(plays ?? (await selectPlays(db)), await selectTracks(db));
  } finally {
    // A database that was closed meanwhile has said so already.
    await db.run('drop table me.heard_tracks').catch(() => {});
  }
}

const features = TASTE_FEATURES.map((name) => `f.${quoteName(name)}`);

/** me.heard_tracks: tracks by number, from 0. The numbers follow from the plays, whatever the catalogue says. */
async function numberTracks(db: DuckDb, signal?: AbortSignal): Promise<void> {
  await db.run('drop table if exists me.heard_tracks');
  await db.run(
    `create table me.heard_tracks as
     with named as (
       select track_id, artist_name, track_name, arg_max(album_name, ended_at) as told_album,
         min(ended_at) filter (ms_played >= ${COUNTS_FROM_MS}) as first_at
       from me.plays group by track_id, artist_name, track_name
     )
     select *, coalesce(track_id, artist_name || chr(0) || track_name) as identity,
       (row_number() over (order by track_id, artist_name, track_name) - 1)::integer as track
     from named`,
    [],
    { signal },
  );
}

function selectPlays(db: DuckDb, signal?: AbortSignal): Promise<Arrays> {
  return selectArrays(
    db,
    `select epoch_ms(p.ended_at)::double, t.track, least(p.ms_played, 2147483647)::integer, p.is_skipped::tinyint
     from me.numbered_plays p join me.heard_tracks t
       on t.track_id is not distinct from p.track_id and t.artist_name = p.artist_name and t.track_name = p.track_name
     order by p.file_row_number`,
    { endedAt: 'f64', track: 'i32', msPlayed: 'i32', isSkipped: 'i8' },
    signal,
  );
}

async function selectTracks(db: DuckDb, signal?: AbortSignal): Promise<Arrays> {
  const select = (sql: string, columns: Parameters<typeof selectArrays>[2]) =>
    selectArrays(db, sql, columns, signal);
  const tracks = await select(
    `with known as (
       select n.*, t.album_id, coalesce(t.album_name, n.told_album) as album_name, coalesce(t.recording_id, n.track_id) as recording_id,
         f.mode, ${features.join(', ')}
       from me.heard_tracks n left join gold.tracks t using (track_id) left join gold.audio_features f using (track_id)
     )
     select track_name, artist_name, album_name, recording_id, album_id,
       (dense_rank() over (order by recording_id, if(recording_id is null, identity, null)) - 1)::integer,
       if(coalesce(album_name, '') = '', null,
         dense_rank() over (order by album_id, if(album_id is null, artist_name || chr(0) || album_name, null)) - 1)::integer,
       if(album_id is null, null, dense_rank() over (order by album_id) - 1)::integer,
       if(coalesce(artist_name, '') = '', null, dense_rank() over (order by artist_name) - 1)::integer,
       mode::tinyint,
       epoch_ms(min(first_at) over (partition by recording_id, if(recording_id is null, identity, null)))::double,
       epoch_ms(min(first_at) over (partition by artist_name))::double,
       ${TASTE_FEATURES.map((name) => `${quoteName(name)}::double`).join(', ')}
     from known order by track`,
    {
      trackName: 'text',
      artistName: 'text',
      albumName: 'text',
      recordingId: 'text',
      albumId: 'text',
      recording: 'i32',
      album: 'i32',
      catalogueAlbum: 'i32',
      artist: 'i32',
      mode: 'i8',
      firstAt: 'f64',
      artistFirstAt: 'f64',
      ...Object.fromEntries(TASTE_FEATURES.map((name) => [name, 'f64' as const])),
    },
  );
  const linked = `
    with best as (
      select name_key, arg_max(artist_id, (coalesce(popularity, 0), artist_id)) as artist_id from gold.artists group by name_key
    ),
    linked as (
      select n.track, n.artist_name, coalesce(l.artist_id, a.artist_id) as artist_id
      from me.heard_tracks n
      left join gold.track_artists l using (track_id)
      left join best a on l.artist_id is null and a.name_key = lower(strip_accents(trim(n.artist_name)))
      where n.artist_name <> '' or l.artist_id is not null
    ),
    numbered as (
      select track, artist_id,
        (dense_rank() over (order by artist_id, if(artist_id is null, artist_name, null)) - 1)::integer as number
      from linked
    )`;
  return new Map([
    ...tracks,
    ...(await select(`${linked} select track, number from numbered order by track, number`, {
      linkTrack: 'i32',
      linkArtist: 'i32',
    })),
    ...(await select(
      `${linked} select n.artist_id, g.name
       from (select number, any_value(artist_id) as artist_id from numbered group by number) n left join gold.artists g using (artist_id)
       order by n.number`,
      { artistId: 'text', catalogueArtistName: 'text' },
    )),
    ...(await select(
      `select n.track, (dense_rank() over (order by g.genre) - 1)::integer as number
       from me.heard_tracks n join gold.track_genres g using (track_id) order by n.track, number`,
      { genreTrack: 'i32', genreNumber: 'i32' },
    )),
    ...(await select(
      `select distinct g.genre from me.heard_tracks n join gold.track_genres g using (track_id) order by g.genre`,
      { genre: 'text' },
    )),
    ...(await select(`select unnest([${await listMeans(db)}])::double from gold.audio_features`, {
      catalogue: 'f64',
    })),
  ]);
}

/** Means of the features as statistics say them, to the bit. */
async function listMeans(db: DuckDb): Promise<string> {
  const names = TASTE_FEATURES.map(quoteName);
  const units = await selectUnits((sql) => db.all(sql), 'gold.audio_features', names);
  return names.map((name, at) => meanSql(name, units[at] ?? null)).join(', ');
}

function toHeard(plays: Arrays, tracks: Arrays): Heard {
  const texts = (name: string) =>
    toTexts(tracks.get(name) as Uint8Array, tracks.get(`${name}.starts`) as Uint32Array);
  const numbers = (name: string) => tracks.get(name) as Int32Array;
  const reals = (name: string) => tracks.get(name) as Float64Array;
  const recording = numbers('recording');
  const links = (track: string, item: string) => toLinks(recording.length, numbers(track), numbers(item));
  const endedAt = plays.get('endedAt') as Float64Array;
  return {
    plays: {
      count: endedAt.length,
      endedAt,
      track: plays.get('track') as Int32Array,
      msPlayed: plays.get('msPlayed') as Int32Array,
      isSkipped: plays.get('isSkipped') as Int8Array,
    },
    tracks: {
      count: recording.length,
      trackName: texts('trackName'),
      artistName: texts('artistName'),
      albumName: texts('albumName'),
      recordingId: texts('recordingId'),
      albumId: texts('albumId'),
      recording,
      album: numbers('album'),
      catalogueAlbum: numbers('catalogueAlbum'),
      artist: numbers('artist'),
      mode: tracks.get('mode') as Int8Array,
      firstAt: reals('firstAt'),
      artistFirstAt: reals('artistFirstAt'),
      features: Object.fromEntries(
        TASTE_FEATURES.map((name) => [name, reals(name)]),
      ) as HeardTracks['features'],
      links: links('linkTrack', 'linkArtist'),
      artistId: texts('artistId'),
      catalogueArtistName: texts('catalogueArtistName'),
      genres: links('genreTrack', 'genreNumber'),
      genre: texts('genre'),
      catalogue: reals('catalogue'),
    },
  };
}

function toTexts(bytes: Uint8Array, starts: Uint32Array): Texts {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    count: starts.length - 1,
    at: (place) => buffer.toString('utf8', starts[place] as number, starts[place + 1] as number),
  };
}

/** @param of the track of each item, ascending */
function toLinks(tracks: number, of: Int32Array, items: Int32Array): Links {
  const starts = new Uint32Array(tracks + 1);
  for (const track of of) starts[track + 1] = (starts[track + 1] as number) + 1;
  for (let track = 0; track < tracks; track++)
    starts[track + 1] = (starts[track + 1] as number) + (starts[track] as number);
  return { starts, items };
}
