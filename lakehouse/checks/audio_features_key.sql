-- Key unique and not null.
-- relation: gold.audio_features
-- severity: BLOCK
select track_id, count(*) as rows
from gold.audio_features
group by track_id
having count(*) > 1 or track_id is null
