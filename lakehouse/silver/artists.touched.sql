select artist_id from staging.artists where fault is null
