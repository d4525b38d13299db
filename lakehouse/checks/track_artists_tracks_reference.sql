-- Every track_id leads to a row of gold.tracks.
-- relation: gold.track_artists
-- severity: BLOCK
select r.*
from gold.track_artists r
anti join gold.tracks t on t.track_id = r.track_id
where r.track_id is not null
