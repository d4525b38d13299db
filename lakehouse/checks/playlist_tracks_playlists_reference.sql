-- Every playlist_id leads to a row of gold.playlists.
-- relation: gold.playlist_tracks
-- severity: BLOCK
select r.*
from gold.playlist_tracks r
anti join gold.playlists t on t.playlist_id = r.playlist_id
where r.playlist_id is not null
