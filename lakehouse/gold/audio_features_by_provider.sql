-- gold.audio_features_by_provider: one row per (track_id, provider): what each served provider says of a track in gold.
-- Reads silver.audio_features, silver.tracks, silver.served_sources. Units as in silver.audio_features. is_resolved: the one that
-- gold.audio_features shows.
-- key: track_id, provider
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
    track_id, provider, danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key,
    mode, time_signature, rank = best as is_resolved, fetched_at
from ranked
