-- Recordings count every track once.
-- relation: gold.recordings
-- severity: BLOCK
select counted, tracks
from (select coalesce(sum(track_count), 0) as counted from gold.recordings), (select count(*) as tracks from gold.tracks)
where counted <> tracks
