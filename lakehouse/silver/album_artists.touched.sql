select album_id from changed.silver_albums
