-- gold.audio_features: one row per track_id, whole from the most believed provider (never a mixture of two).
-- Reads gold.audio_features_by_provider. Units as in silver.audio_features; key_name: C, C#/Db, ... B.
-- key: track_id
-- touched only: gold.audio_features_by_provider
-- refers: track_id to gold.tracks
select
    track_id, danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode,
    time_signature, provider, key_name(key) as key_name
from gold.audio_features_by_provider
where is_resolved
    and track_id in (from touched) -- incremental
