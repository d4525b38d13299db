select artist_id from changed.gold_artist_names
union select artist_id from changed.silver_artists
union select artist_id from changed.silver_rankings
union select artist_id from changed.gold_track_artists
union select artist_id from changed.gold_album_artists
union select artist_id from changed.silver_artist_merges
