-- gold.recordings: one row per recording: the performance behind one or several track ids (same ISRC, else same name and artists, and
-- durations each within 2 s of the next, so that the shortest and the longest of many may be farther apart). Reads gold.tracks. preferred_track_id: the most popular of its tracks, then the smallest id.
-- key: recording_id
-- touched only: gold.tracks
-- refers: recording_id to gold.tracks (track_id)
-- refers: preferred_track_id to gold.tracks (track_id)
-- Most recordings have one track; only the others are compared.
with shared as (
    select recording_id, count(*)::integer as track_count
    from gold.tracks
    where recording_id in (from touched) -- incremental
    group by recording_id
    having count(*) > 1
),
preferred as (
    select t.recording_id, t.track_id, t.name, t.artist_name, t.isrc, t.duration_ms, t.popularity, s.track_count
    from gold.tracks t
    join shared s using (recording_id)
    qualify row_number() over (partition by t.recording_id order by t.popularity desc nulls last, t.track_id) = 1
),
alone as (
    select recording_id, track_id, name, artist_name, isrc, duration_ms, popularity, 1 as track_count
    from gold.tracks
    anti join shared using (recording_id)
    where recording_id in (from touched) -- incremental
)
select recording_id, track_id as preferred_track_id, name, artist_name, isrc, duration_ms, popularity, track_count
from (from alone union all from preferred)
