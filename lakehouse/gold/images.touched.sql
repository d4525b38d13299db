-- What has other images now, or is new: its row came or went, and none with the same images went or came.
select artist_id as entity_id from changed.gold_artists group by artist_id, images having count(*) = 1
union
select album_id from changed.gold_albums group by album_id, images having count(*) = 1
union
select playlist_id from changed.gold_playlists group by playlist_id, images having count(*) = 1
