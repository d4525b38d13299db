-- gold.track_genres: one row per (track_id, genre): the track's own, or one of any of its artists (is_own false).
-- Reads silver.track_genres, silver.served_sources, gold.track_artists, gold.artist_genres.
-- key: track_id, genre
-- touched only: silver.track_genres, gold.track_artists
-- refers: track_id to gold.tracks
with own as (
    select track_id, genre
    from silver.track_genres
    semi join silver.served_sources using (source)
    where track_id in (from touched) -- incremental
),
credited as not materialized (
    select track_id, artist_id, position
    from gold.track_artists
    where track_id in (from touched) -- incremental
),
-- Only of a track with several artists, or with genres of its own, may one be said twice.
several as (
    select track_id from credited where position > 1
    union all
    select track_id from own
),
found as (
    select track_id, genre, true as is_own from own
    union all
    select ta.track_id, ag.genre, false
    from (from credited semi join several using (track_id)) ta
    join gold.artist_genres ag using (artist_id)
)
select ta.track_id, ag.genre, false as is_own
from (from credited anti join several using (track_id)) ta
join gold.artist_genres ag using (artist_id)
union all
select track_id, genre, bool_or(is_own)
from found
group by track_id, genre
