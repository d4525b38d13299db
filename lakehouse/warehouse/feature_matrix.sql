-- warehouse.feature_matrix: one row per track with audio features, keyed, for models; a missing value is null, never 0.
-- Reads warehouse.track_dashboard.
-- key: track_id
select
    track_id, track_popularity, artist_popularity, danceability, energy, key, loudness, mode, speechiness, acousticness,
    instrumentalness, liveness, valence, tempo, duration_ms, time_signature, release_year as track_release_year
from warehouse.track_dashboard -- whole
from changed.warehouse_track_dashboard -- incremental
where features_provider is not null
    and is_new -- incremental
