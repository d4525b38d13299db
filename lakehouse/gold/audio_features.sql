-- gold.audio_features: one row per track_id, whole from the most believed provider (never a mixture of two).
-- Reads silver.audio_features, silver.tracks, silver.served_sources. Units as in silver.audio_features.
select
    f.track_id, danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode,
    time_signature, provider
from silver.audio_features f
join silver.served_sources s on s.source = f.provider
where f.track_id in (select t.track_id from silver.tracks t semi join silver.served_sources using (source))
qualify row_number() over (partition by f.track_id order by s.rank, provider) = 1
