-- Key unique and not null.
-- relation: gold.artists
-- severity: BLOCK
select artist_id, count(*) as rows
from gold.artists
group by artist_id
having count(*) > 1 or artist_id is null
