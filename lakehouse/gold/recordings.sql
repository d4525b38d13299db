-- gold.recordings: one row per recording: the performance behind one or several track ids (same ISRC, else same name, artists and
-- duration within 2 s). Reads gold.tracks. preferred_track_id: the most popular of its tracks, then the smallest id.
-- key: recording_id
-- touched only: gold.tracks
-- refers: recording_id to gold.tracks (track_id)
-- refers: preferred_track_id to gold.tracks (track_id)
select
    recording_id, track_id as preferred_track_id, name, artist_name, isrc, duration_ms, popularity,
    count(*) over (partition by recording_id)::integer as track_count
from gold.tracks
where recording_id in (from touched) -- incremental
qualify row_number() over (partition by recording_id order by popularity desc nulls last, track_id) = 1
