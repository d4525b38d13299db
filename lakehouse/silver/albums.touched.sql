select album_id from staging.albums where fault is null
union
select album_id from staging.tracks where fault is null and album is not null
union
select album_id from staging.dataset_tracks where album_id is not null and reject_reason is null
