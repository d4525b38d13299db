-- The tracks and albums counted over all artists are the rows of the links.
-- relation: gold.artists
-- severity: BLOCK
select tracks, albums
from (select coalesce(sum(track_count), 0) as tracks, coalesce(sum(album_count), 0) as albums from gold.artists)
where tracks <> (select count(*) from gold.track_artists) or albums <> (select count(*) from gold.album_artists)
