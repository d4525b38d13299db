-- gold.track_artists: one row per (track_id, artist_id), from the most believed source that names the track's artists.
-- Reads silver.track_artists, silver.served_sources, silver.artist_merges. position from 1.
-- key: track_id, artist_id
-- touched only: silver.track_artists
-- refers: track_id to gold.tracks
-- refers: artist_id to gold.artists
with served as (
    select ta.track_id, ta.artist_id, ta.position, s.rank
    from silver.track_artists ta
    join silver.served_sources s using (source)
    where ta.track_id in (from touched) -- incremental
),
-- Most tracks are named by one source and none of their artists is merged: they are as silver has them. The others are placed anew.
mixed as (
    select track_id from served group by track_id having count_if(position = 1) > 1
    union
    select track_id from served where artist_id in (select named_id from silver.artist_merges)
),
ranked as (
    select *, min(rank) over (partition by track_id) as best from served semi join mixed using (track_id)
),
believed as (
    select r.track_id, coalesce(m.artist_id, r.artist_id) as artist_id, min(r.position) as place
    from ranked r
    left join silver.artist_merges m on m.named_id = r.artist_id
    where r.rank = r.best
    group by all
)
select track_id, artist_id, position
from served
anti join mixed using (track_id)
union all
select track_id, artist_id, row_number() over (partition by track_id order by place)::integer
from believed
