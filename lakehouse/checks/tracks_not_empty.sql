-- A snapshot without a single track is no success.
-- relation: gold.tracks
-- severity: BLOCK
select count(*) as tracks
from gold.tracks
having count(*) = 0
