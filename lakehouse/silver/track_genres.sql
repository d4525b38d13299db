-- silver.track_genres: one row per (track_id, genre, source) where the source gives tracks a genre of their own.
-- Reads staging.dataset_tracks, silver.tracks. Of several files of one source, those of the file that the track's row is from count, all of
-- them: one file may give a track several genres, a row each.
-- key: track_id, genre, source
-- touched only: silver.tracks
with latest as (
    select track_id, source, genre
    from staging.dataset_tracks
    semi join silver.tracks using (track_id, source, batch_id)
    where reject_reason is null
        and track_id in (from touched) -- incremental
)
select distinct track_id, genre, source from latest where genre is not null
union select * from (from stale) anti join latest using (track_id, source) -- incremental
