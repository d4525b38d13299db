-- Every artist_id leads to a row of gold.artists.
-- relation: gold.track_artists
-- severity: BLOCK
select r.*
from gold.track_artists r
anti join gold.artists t on t.artist_id = r.artist_id
where r.artist_id is not null
