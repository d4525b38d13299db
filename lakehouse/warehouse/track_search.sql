-- warehouse.track_search: one row per track with what a search page shows: names, links, image, features, genres.
-- Reads warehouse.track_dashboard.
-- key: track_id
-- columns of: warehouse.track_dashboard
select
    track_id, track_name, track_external_url as track_url, track_popularity, preview_url as track_preview,
    artist_name, artist_popularity, artist_image_url as artist_image, release_year as track_release_year, album_name,
    danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness, liveness, valence, tempo, duration_ms,
    time_signature, genres, artist_names, album_image_url as album_image, key_name, mode_name
from warehouse.track_dashboard -- whole
from changed.warehouse_track_dashboard where is_new -- incremental
