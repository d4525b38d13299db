select track_id from staging.tracks where fault is null
union
select track_id from staging.dataset_tracks where reject_reason is null
