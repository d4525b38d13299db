select track_id as entity_id from changed.silver_tracks
union select album_id from changed.silver_albums
