-- silver.track_genres: one row per (track_id, genre, source) where the source gives tracks a genre of their own.
-- Reads staging.dataset_tracks.
-- key: track_id, genre, source
select distinct track_id, genre, source
from staging.dataset_tracks
where genre is not null and reject_reason is null
union select * from stale -- incremental
