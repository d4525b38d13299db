select artist_id as entity_id from staging.artists where fault is null
union select album_id from staging.albums where fault is null
union select track_id from staging.tracks where fault is null
union select artist_id from staging.rankings where fault is null
