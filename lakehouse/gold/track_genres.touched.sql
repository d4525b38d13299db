select track_id from changed.silver_track_genres
union select track_id from changed.gold_track_artists
union select track_id from gold.track_artists where artist_id in (select artist_id from changed.gold_artist_genres)
