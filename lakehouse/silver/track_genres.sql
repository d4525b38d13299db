-- silver.track_genres: one row per (track_id, genre, source) where the source gives tracks a genre of their own.
-- Reads silver.dataset_tracks.
select distinct track_id, genre, source
from silver.dataset_tracks
where genre is not null and reject_reason is null
