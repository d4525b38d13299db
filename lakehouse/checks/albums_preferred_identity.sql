-- A preferred album prefers itself.
-- relation: gold.albums
-- severity: BLOCK
select a.album_id, a.preferred_album_id
from gold.albums a
join gold.albums p on p.album_id = a.preferred_album_id
where p.preferred_album_id <> p.album_id
