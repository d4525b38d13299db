-- warehouse.feature_matrix: one row per track with audio features, keyed, for models; a missing value is null, never 0.
-- Reads warehouse.track_dashboard.
-- key: track_id
-- touched only: warehouse.track_dashboard
select
    track_id, track_popularity, artist_popularity, danceability, energy, key, loudness, mode, speechiness, acousticness,
    instrumentalness, liveness, valence, tempo, duration_ms, time_signature, release_year as track_release_year
from warehouse.track_dashboard
where features_provider is not null
    and track_id in (from touched) -- incremental
