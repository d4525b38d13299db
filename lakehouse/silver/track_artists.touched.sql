select track_id from changed.silver_tracks
