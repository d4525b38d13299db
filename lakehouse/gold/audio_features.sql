-- gold.audio_features: one row per track_id, whole from the most believed provider (never a mixture of two).
-- Reads silver.audio_features, silver.tracks, silver.served_sources. Units as in silver.audio_features; key_name: C, C#/Db, ... B.
-- key: track_id
-- touched only: silver.audio_features, silver.tracks
-- refers: track_id to gold.tracks
with ranked as (
    select f.*, s.rank, min(s.rank) over (partition by f.track_id) as best
    from silver.audio_features f
    join silver.served_sources s on s.source = f.provider
    where f.track_id in (select t.track_id from silver.tracks t semi join silver.served_sources using (source))
        and f.track_id in (from touched) -- incremental
)
select
    track_id, danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode,
    time_signature, provider, key_name(key) as key_name
from ranked
where rank = best
