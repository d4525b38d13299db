select track_id from staging.dataset_tracks where genre is not null and reject_reason is null
