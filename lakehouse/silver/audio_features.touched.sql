select track_id from staging.audio_features where fault is null
union
select track_id from staging.dataset_tracks where reject_reason is null
