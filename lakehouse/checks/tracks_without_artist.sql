-- A track without any artist: a missing value of its source.
-- relation: gold.tracks
-- severity: WARN
with looked_at as ( -- incremental
    select track_id from changed.gold_tracks union select track_id from changed.gold_track_artists -- incremental
) -- incremental
select t.track_id, t.name
from gold.tracks t
where t.track_id not in (
    select track_id from gold.track_artists
    where track_id in (from looked_at) -- incremental
)
    and t.track_id in (from looked_at) -- incremental
