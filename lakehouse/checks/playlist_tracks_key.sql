-- Key unique and not null.
-- relation: gold.playlist_tracks
-- severity: BLOCK
select playlist_id, track_id, genre, subgenre, count(*) as rows
from gold.playlist_tracks
group by playlist_id, track_id, genre, subgenre
having count(*) > 1 or playlist_id is null or track_id is null
