-- Key unique and not null.
-- relation: gold.album_artists
-- severity: BLOCK
select album_id, artist_id, count(*) as rows
from gold.album_artists
group by album_id, artist_id
having count(*) > 1 or album_id is null or artist_id is null
