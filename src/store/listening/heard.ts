// An account's plays in memory as figures need them: numbers for tracks, so that a figure scans integers and joins names for what it shows.
//
// me.heard has a row per play, me.heard_tracks one per track as plays name it, with what gold says of it; the rest goes by its number.
import { type DuckDb, quoteName } from '../duckdb.ts';
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

const features = TASTE_FEATURES.map((name) => `f.${quoteName(name)}`).join(', ');

const TABLES: readonly string[] = [
  // track: the row's number. what: the same for all names of one id. recording, album, artist: numbers of what top lists group by.
  // *_first_at: the first play of at least 30 s; null while there is none.
  `create table me.heard_tracks as
   with named as (
     select track_id, artist_name, track_name, arg_max(album_name, ended_at) as told_album,
       min(ended_at) filter (ms_played >= ${COUNTS_FROM_MS}) as first_at
     from me.plays group by track_id, artist_name, track_name
   ),
   known as (
     select n.* exclude (told_album), coalesce(n.track_id, n.artist_name || chr(0) || n.track_name) as told, t.album_id,
       coalesce(t.album_name, n.told_album) as album_name, coalesce(t.recording_id, n.track_id) as recording_id, f.mode
     from named n left join gold.tracks t using (track_id) left join gold.audio_features f using (track_id)
   )
   select * exclude (told, first_at),
     row_number() over (order by track_id, artist_name, track_name)::integer as track,
     dense_rank() over (order by told)::integer as what,
     dense_rank() over (order by recording_id, if(recording_id is null, told, null))::integer as recording,
     if(coalesce(album_name, '') = '', null,
       dense_rank() over (order by album_id, if(album_id is null, artist_name || chr(0) || album_name, null)))::integer as album,
     if(coalesce(artist_name, '') = '', null, dense_rank() over (order by artist_name))::integer as artist,
     min(first_at) over (partition by told) as first_at,
     min(first_at) over (partition by artist_name) as artist_first_at
   from known`,
  // place: the order of the file, which is that of (ended_at, play_key).
  `create table me.heard as
   select p.file_row_number as place, t.track, p.ended_at, p.ms_played, p.is_skipped
   from me.numbered_plays p join me.heard_tracks t
     on t.track_id is not distinct from p.track_id and t.artist_name = p.artist_name and t.track_name = p.track_name
   order by p.file_row_number`,
  // An artist by the links of the catalogue, else by the name; of several of a name the best known.
  `create table me.heard_links as
   select n.track, dense_rank() over (order by artist_id, if(artist_id is null, n.artist_name, null))::integer as artist,
     artist_id, g.name
   from (
     select n.track, n.artist_name, coalesce(l.artist_id, a.artist_id) as artist_id
     from me.heard_tracks n
     left join gold.track_artists l using (track_id)
     left join (
       select name_key, arg_max(artist_id, (coalesce(popularity, 0), artist_id)) as artist_id from gold.artists group by name_key
     ) a on l.artist_id is null and a.name_key = lower(strip_accents(trim(n.artist_name)))
     where n.artist_name <> '' or l.artist_id is not null
   ) n left join gold.artists g using (artist_id)`,
  'create table me.heard_artists as select artist, any_value(artist_id) as artist_id, any_value(name) as name from me.heard_links group by artist',
  'create table me.heard_genres as select n.track, g.genre from me.heard_tracks n join gold.track_genres g using (track_id)',
  `create table me.heard_features as select n.track, ${features} from me.heard_tracks n join gold.audio_features f using (track_id)`,
  `create table me.catalogue_features as select ${TASTE_FEATURES.map((name) => `avg(${name}) as ${name}`).join(', ')} from gold.audio_features`,
];

/**
 * Makes the tables of figures from me.plays, me.numbered_plays and gold.
 * Cost: a million plays of 39,000 tracks took 67 MB of the database's memory limit and 1.1 to 1.5 s of processor. What is above the limit
 * goes to the database's temporary files: at the least limit, 64 MB, they were made and asked all the same.
 */
export async function createHeard(db: DuckDb): Promise<void> {
  for (const statement of TABLES) {
    const [, table = ''] = /^create table (\S+)/.exec(statement) ?? [];
    await db.run(`drop table if exists ${table}`);
    await db.run(statement);
  }
}
