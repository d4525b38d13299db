select album_id from changed.silver_album_artists
union
select album_id from silver.album_artists where artist_id in (select named_id from changed.silver_artist_merges)
union
select album_id from changed.gold_tracks where album_id is not null
union
select album_id
from gold.tracks
where album_id is not null
    and track_id in (select track_id from changed.gold_track_artists where track_id not in (select track_id from changed.gold_tracks))
union
-- An album may come or go, and what is said of its artists stay.
select album_id from changed.gold_albums group by album_id having count(*) = 1
