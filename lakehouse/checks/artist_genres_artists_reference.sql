-- Every artist_id leads to a row of gold.artists.
-- relation: gold.artist_genres
-- severity: BLOCK
select r.*
from gold.artist_genres r
anti join gold.artists t on t.artist_id = r.artist_id
where r.artist_id is not null
