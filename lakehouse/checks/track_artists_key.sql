-- Key unique and not null.
-- relation: gold.track_artists
-- severity: BLOCK
select track_id, artist_id, count(*) as rows
from gold.track_artists
group by track_id, artist_id
having count(*) > 1 or track_id is null or artist_id is null
