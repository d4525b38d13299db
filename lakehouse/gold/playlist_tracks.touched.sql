select playlist_id from changed.silver_playlist_tracks
union
select playlist_id from silver.playlist_tracks where track_id in (select track_id from changed.gold_tracks group by track_id having count(*) = 1)
