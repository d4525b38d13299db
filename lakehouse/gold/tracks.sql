-- gold.tracks: one row per track_id, each field from the most believed source that has it, with its resolved audio features.
-- Reads silver.tracks, silver.served_sources, gold.albums, gold.track_artists, gold.artist_names, gold.audio_features.
-- recording_id: the smallest track_id of the same recording: same ISRC, else same name, first artist and duration within 2 s.
with served as (
    select
        track_id, name, uri, album_id, duration_ms, is_explicit, popularity, isrc, disc_number, track_number, preview_url,
        external_url, release_date, source
    from silver.tracks
    semi join silver.served_sources using (source)
),
-- Most tracks come from one source; merging is only for the others, since its aggregates do not spill.
shared as (
    select track_id from served group by track_id having count(*) > 1
),
merged as (
    select * from served anti join shared using (track_id)
    union all
    select
        track_id,
        coalesce(first_known(nullif(name, ''), source), '') as name,
        first_known(uri, source) as uri,
        first_known(album_id, source) as album_id,
        first_known(duration_ms, source) as duration_ms,
        first_known(is_explicit, source) as is_explicit,
        first_known(popularity, source) as popularity,
        first_known(isrc, source) as isrc,
        first_known(disc_number, source) as disc_number,
        first_known(track_number, source) as track_number,
        first_known(preview_url, source) as preview_url,
        first_known(external_url, source) as external_url,
        first_known(release_date, source) as release_date,
        first_known(source, source) as source
    from served
    semi join shared using (track_id)
    group by track_id
),
described as (
    select
        m.*, name_key(m.name) as name_key, b.name as album_name, a.name as artist_name, ta.artist_id as first_artist_id,
        coalesce(b.release_year, try_cast(m.release_date[1:4] as integer)) as release_year
    from merged m
    left join gold.albums b using (album_id)
    left join gold.track_artists ta on ta.track_id = m.track_id and ta.position = 1
    left join gold.artist_names a on a.artist_id = ta.artist_id
),
-- Without an ISRC: a new recording begins where the next longer track of the same name and artist is over 2 s longer.
stepped as (
    select
        track_id,
        first_artist_id is null or name_key = '' or duration_ms is null
            or coalesce(duration_ms - lag(duration_ms) over same > 2000, true) as begins
    from described
    where isrc is null
    window same as (partition by name_key, first_artist_id order by duration_ms, track_id)
),
numbered as (
    select track_id, sum(begins::integer) over (partition by name_key, first_artist_id order by duration_ms, track_id) as step
    from stepped
    join described using (track_id)
),
recordings as (
    select track_id, min(track_id) over (partition by isrc) as recording_id
    from described
    where isrc is not null
    union all
    select track_id, min(track_id) over (partition by name_key, first_artist_id, step)
    from numbered
    join described using (track_id)
)
select
    d.track_id, d.name, d.name_key, d.uri, d.album_id, d.album_name, d.artist_name, d.duration_ms, d.is_explicit, d.popularity,
    d.isrc, d.disc_number, d.track_number, d.preview_url, d.external_url, d.release_year, r.recording_id, d.source,
    f.danceability, f.energy, f.valence, f.acousticness, f.instrumentalness, f.liveness, f.speechiness, f.tempo, f.loudness,
    f.key, f.mode, f.time_signature, f.provider as features_provider
from described d
join recordings r using (track_id)
left join gold.audio_features f using (track_id)
