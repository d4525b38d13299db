select artist_id from staging.rankings where fault is null
