select playlist_id from staging.dataset_tracks where playlist_id is not null and reject_reason is null
union
select playlist_id from changed.silver_playlists
