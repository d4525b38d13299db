select recording_id from changed.gold_tracks
