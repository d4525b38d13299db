-- A track without any artist: a missing value of its source.
-- relation: gold.tracks
-- severity: WARN
with looked_at as (
    select track_id, name from gold.tracks
    where track_id in (select track_id from changed.gold_track_artists where track_id not in (select track_id from changed.gold_tracks)) -- incremental
    union all select track_id, name from changed.gold_tracks where is_new -- incremental
),
-- Those that no artist has come to along with this build. -- incremental
open as ( -- incremental
    select track_id from looked_at -- incremental
    except select track_id from changed.gold_track_artists where is_new -- incremental
), -- incremental
credited as (
    select track_id from gold.track_artists
    where track_id in (from open) -- incremental
    union all select track_id from changed.gold_track_artists where is_new -- incremental
)
select track_id, name
from looked_at
where track_id not in (select track_id from credited)
