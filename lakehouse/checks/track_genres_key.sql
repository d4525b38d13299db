-- Key unique and not null.
-- relation: gold.track_genres
-- severity: BLOCK
select track_id, genre, count(*) as rows
from gold.track_genres
group by track_id, genre
having count(*) > 1 or track_id is null or genre is null
