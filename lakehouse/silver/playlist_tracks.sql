-- silver.playlist_tracks: one row per (playlist_id, track_id, genre, subgenre, source).
-- Reads silver.dataset_tracks. Genre belongs to the place on the playlist: one list may stand under two genres.
select
    playlist_id, track_id, playlist_genre as genre, playlist_subgenre as subgenre, source,
    arg_max(playlist_name, (fetched_at, content_hash)) as playlist_name,
    min(try_cast(document_id as bigint)) as first_row
from silver.dataset_tracks
where playlist_id is not null and reject_reason is null
group by all
