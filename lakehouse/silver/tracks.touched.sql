-- A list tells of tracks that were answered as others where they are.
select track_id from staging.tracks where fault is null
union
select track.track_id
from (select unnest(listed) as track from changed.silver_albums)
where track.track_id in (select track_id from before.silver_tracks where relinked_id is not null)
union
select track_id from staging.dataset_tracks where reject_reason is null
