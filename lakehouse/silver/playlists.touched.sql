select playlist_id from staging.playlists where fault is null
