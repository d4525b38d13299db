-- gold.track_artists: one row per (track_id, artist_id), from the most believed source that names the track's artists.
-- Reads silver.track_artists, silver.served_sources, silver.artist_merges. position from 1.
-- key: track_id, artist_id
-- touched only: silver.track_artists
-- refers: track_id to gold.tracks
-- refers: artist_id to gold.artists
with ranked as (
    select ta.track_id, ta.artist_id, ta.position, s.rank, min(s.rank) over (partition by ta.track_id) as best
    from silver.track_artists ta
    join silver.served_sources s using (source)
    where ta.track_id in (from touched) -- incremental
),
believed as (
    select r.track_id, coalesce(m.artist_id, r.artist_id) as artist_id, min(r.position) as place
    from ranked r
    left join silver.artist_merges m on m.named_id = r.artist_id
    where r.rank = r.best
    group by all
)
select track_id, artist_id, row_number() over (partition by track_id order by place)::integer as position
from believed
