select artist_id from changed.silver_artists
union select artist_id from changed.silver_track_artists
union select artist_id from changed.silver_album_artists
union select artist_id from changed.silver_rankings
union select named_id from changed.silver_artist_merges
