-- Every album_id leads to a row of gold.albums.
-- relation: gold.album_artists
-- severity: BLOCK
select r.*
from gold.album_artists r
anti join gold.albums t on t.album_id = r.album_id
where r.album_id is not null
