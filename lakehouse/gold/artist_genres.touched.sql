select artist_id from changed.silver_artist_genres
union select named_id from changed.silver_artist_merges
