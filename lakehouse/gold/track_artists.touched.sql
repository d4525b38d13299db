select track_id from changed.silver_track_artists
union
select track_id from silver.track_artists where artist_id in (select named_id from changed.silver_artist_merges)
