-- gold.track_genres: one row per (track_id, genre): the track's own, or one of any of its artists (is_own false).
-- Reads silver.track_genres, silver.served_sources, gold.track_artists, gold.artist_genres.
-- key: track_id, genre
-- touched only: silver.track_genres, gold.track_artists
-- refers: track_id to gold.tracks
with found as (
    select track_id, genre, true as is_own
    from silver.track_genres
    semi join silver.served_sources using (source)
    where track_id in (from touched) -- incremental
    union all
    select ta.track_id, ag.genre, false
    from gold.track_artists ta
    join gold.artist_genres ag using (artist_id)
    where ta.track_id in (from touched) -- incremental
)
select track_id, genre, bool_or(is_own) as is_own
from found
group by track_id, genre
