select album_id from changed.gold_albums group by album_id, copyrights having count(*) = 1
