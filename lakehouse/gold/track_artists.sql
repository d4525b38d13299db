-- gold.track_artists: one row per (track_id, artist_id), from the most believed source that names the track's artists.
-- Reads silver.track_artists, silver.served_sources, silver.artist_merges. position from 1.
with believed as (
    select ta.*, coalesce(m.artist_id, ta.artist_id) as merged_id
    from silver.track_artists ta
    join silver.served_sources s using (source)
    left join silver.artist_merges m on m.named_id = ta.artist_id
    qualify s.rank = min(s.rank) over (partition by ta.track_id)
)
select track_id, merged_id as artist_id, row_number() over (partition by track_id order by min(position))::integer as position
from believed
group by track_id, merged_id
