-- Key unique and not null.
-- relation: gold.tracks
-- severity: BLOCK
select track_id, count(*) as rows
from gold.tracks
group by track_id
having count(*) > 1 or track_id is null
