-- Every album_id leads to a row of gold.albums.
-- relation: gold.tracks
-- severity: BLOCK
select r.*
from gold.tracks r
anti join gold.albums t on t.album_id = r.album_id
where r.album_id is not null
