select album_id from changed.gold_albums
