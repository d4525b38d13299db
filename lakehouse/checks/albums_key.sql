-- Key unique and not null.
-- relation: gold.albums
-- severity: BLOCK
select album_id, count(*) as rows
from gold.albums
group by album_id
having count(*) > 1 or album_id is null
