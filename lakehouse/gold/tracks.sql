-- gold.tracks: one row per track_id, each field from the most believed source that has it, with its resolved audio features.
-- Reads silver.tracks, silver.served_sources, gold.albums, gold.track_artists, gold.artist_names, gold.audio_features_by_provider: what
-- gold.audio_features is made from, so that a build can write both at a time.
-- recording_id: the smallest track_id of the same recording: same ISRC, else same name and artists, and durations each within 2 s of the
-- next, so that the shortest and the longest of many may be farther apart.
-- album_id: one that is made of a name only where no source has a real one. mode 1 = major.
-- relinked_id: the id under which the source answered, where it is another than the one asked for.
-- key: track_id
-- touched only: silver.tracks, gold.track_artists, gold.audio_features_by_provider
-- slices: track_id of silver.tracks
-- shared out: silver.tracks
-- shared out: gold.track_artists where position = 1
-- shared out: gold.audio_features_by_provider where is_resolved
-- refers: album_id to gold.albums
-- A whole build reads silver.tracks where it is needed, keys and codes alone but for the last select: kept for five readers, all columns of
-- 1.7 million tracks went to disk and came back five times.
with served as not materialized ( -- whole
with served as ( -- incremental
    select
        track_id, name, uri, album_id, duration_ms, is_explicit, popularity, isrc, disc_number, track_number, preview_url,
        external_url, release_date, source, relinked_id, linked_from_id, market_set_id, is_local,
        source_rank(source) as rank
    from silver.tracks
    semi join silver.served_sources using (source)
    where track_id in (from touched) -- incremental
),
-- Most tracks come from one source; merging is only for the others, since its aggregates do not spill. Where there is but one source of
-- tracks nobody has to look.
shared as materialized (
    select track_id
    from served
    where (select min(source) < max(source) from silver.tracks) -- whole
    group by track_id
    having count(*) > 1
),
merged as not materialized ( -- whole
merged as ( -- incremental
    select * from served anti join shared using (track_id)
    union all
    select
        track_id,
        coalesce(first_known(nullif(name, ''), rank), '') as name,
        first_known(uri, rank) as uri,
        first_known(album_id, id_rank(album_id, rank)) as album_id,
        first_known(duration_ms, rank) as duration_ms,
        first_known(is_explicit, rank) as is_explicit,
        first_known(popularity, rank) as popularity,
        first_known(isrc, rank) as isrc,
        first_known(disc_number, rank) as disc_number,
        first_known(track_number, rank) as track_number,
        first_known(preview_url, rank) as preview_url,
        first_known(external_url, rank) as external_url,
        first_known(release_date, rank) as release_date,
        coalesce(first_known(if(name <> '', source, null), rank), first_known(source, rank)) as source,
        first_known(relinked_id, rank) as relinked_id,
        first_known(linked_from_id, rank) as linked_from_id,
        first_known(market_set_id, rank) as market_set_id,
        first_known(is_local, rank) as is_local,
        min(rank) as rank
    from served
    semi join shared using (track_id)
    group by track_id
),
-- The artists of a track as one number, whatever their order; only tracks without ISRC are compared by them.
credited as (
    select track_id, bit_xor(hash(artist_id)) as artists_key
    from gold.track_artists
    where track_id in (select track_id from merged where isrc is null) -- whole
    where track_id in (from touched) -- incremental
    group by track_id
),
-- Most tracks are the only one of their recording; only the others are compared, since windows hold what they look at. Numbers are
-- counted quicker than codes, and two codes of one number are told apart by the window.
shared_isrcs as (
    select hash(isrc) as code from merged where isrc is not null group by code having count(*) > 1
),
comparable as (
    select m.track_id, name_key(m.name) as name_key, c.artists_key, m.duration_ms
    from merged m
    join credited c using (track_id)
    where m.isrc is null and m.duration_ms is not null and name_key(m.name) <> ''
),
alike as (
    select hash(name_key, artists_key) as likeness from comparable group by likeness having count(*) > 1
),
-- Without an ISRC: a new recording begins where the next longer track of the same name and artists is over 2 s longer.
stepped as (
    select *, coalesce(duration_ms - lag(duration_ms) over same > 2000, true) as begins
    from comparable
    where hash(name_key, artists_key) in (from alike)
    window same as (partition by name_key, artists_key order by duration_ms, track_id)
),
numbered as (
    select *, sum(begins::integer) over (partition by name_key, artists_key order by duration_ms, track_id) as step
    from stepped
),
recordings as (
    select track_id, min(track_id) over (partition by isrc) as recording_id
    from merged
    where isrc is not null and hash(isrc) in (from shared_isrcs)
    union all
    select track_id, min(track_id) over (partition by name_key, artists_key, step)
    from numbered
)
-- Tracks of one recording may be in two slices: recordings are found before, with what slices are cut by.
select m.track_id, m.popularity, r.recording_id from merged m left join recordings r using (track_id) -- ahead
select
    m.track_id, m.name, name_key(m.name) as name_key, m.uri, m.album_id, b.name as album_name, a.name as artist_name, m.duration_ms,
    m.is_explicit, m.popularity, m.isrc, m.disc_number, m.track_number, m.preview_url, m.external_url,
    coalesce(b.release_year, try_cast(m.release_date[1:4] as integer)) as release_year, coalesce(r.recording_id, m.track_id) as recording_id, m.source,
    f.danceability, f.energy, f.valence, f.acousticness, f.instrumentalness, f.liveness, f.speechiness, f.tempo, f.loudness,
    f.key, f.mode, f.time_signature, f.provider as features_provider,
    coalesce(b.release_date, m.release_date) as release_date, m.relinked_id, m.linked_from_id, m.market_set_id, m.is_local
from merged m
left join recordings r using (track_id) -- unsliced
left join sliced.ahead r using (track_id) -- sliced
left join gold.albums b using (album_id)
left join gold.track_artists ta on ta.track_id = m.track_id and ta.position = 1
left join gold.artist_names a on a.artist_id = ta.artist_id
left join gold.audio_features_by_provider f on f.track_id = m.track_id and f.is_resolved
