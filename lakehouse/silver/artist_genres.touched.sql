select artist_id from changed.silver_artists
