select artist_id as entity_id from changed.gold_artists
union select album_id from changed.gold_albums
union select playlist_id from changed.gold_playlists
