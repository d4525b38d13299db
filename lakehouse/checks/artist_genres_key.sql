-- Key unique and not null.
-- relation: gold.artist_genres
-- severity: BLOCK
select artist_id, genre, count(*) as rows
from gold.artist_genres
group by artist_id, genre
having count(*) > 1 or artist_id is null or genre is null
