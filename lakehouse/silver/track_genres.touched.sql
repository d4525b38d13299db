-- A file that gives a track no genre takes away those of the file before.
select track_id
from staging.dataset_tracks
where reject_reason is null and (genre is not null or track_id in (select track_id from before.silver_track_genres))
