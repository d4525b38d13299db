-- Key unique and not null.
-- relation: gold.playlists
-- severity: BLOCK
select playlist_id, count(*) as rows
from gold.playlists
group by playlist_id
having count(*) > 1 or playlist_id is null
