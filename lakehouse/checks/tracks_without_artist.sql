-- A track without any artist: a missing value of its source.
-- relation: gold.tracks
-- severity: WARN
select t.track_id, t.name
from gold.tracks t
anti join gold.track_artists using (track_id)
