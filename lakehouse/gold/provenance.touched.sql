select artist_id as entity_id from changed.silver_artists
union select artist_id from changed.silver_rankings
union select album_id from changed.silver_albums
union select track_id from changed.silver_tracks
union select track_id from changed.silver_audio_features
union select playlist_id from changed.silver_playlists
