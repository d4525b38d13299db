-- Names of which the latest search says something else, and documents that came and cannot be used, or not as a whole.
select name as document_id from changed.silver_name_matches
union
select document_id from staging.artists where fault is not null or len(faults) > 0
union
select document_id from staging.albums where fault is not null or len(faults) > 0
union
select document_id from staging.tracks where fault is not null or len(faults) > 0
union
select document_id from staging.audio_features where fault is not null or len(faults) > 0
union
select document_id from staging.rankings where fault is not null or len(faults) > 0
union
select document_id from staging.playlists where fault is not null or len(faults) > 0
union
select document_id from staging.dataset_tracks where reject_reason is not null or len(faults) > 0
union
select id from bronze.documents where kind = 'malformed_row'
