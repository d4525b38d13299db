select track_id from changed.silver_audio_features
union select track_id from changed.silver_tracks
