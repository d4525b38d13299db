-- gold.artist_names: one row per artist_id that anything in gold refers to, with its name ("" where no source has one).
-- Reads silver.artists, silver.track_artists, silver.album_artists, silver.rankings, silver.served_sources, silver.artist_merges.
with named as (
    select artist_id, name, source, 1 as weight from silver.artists
    union all
    select artist_id, artist_name, source, 2 from silver.track_artists
    union all
    select artist_id, artist_name, source, 2 from silver.album_artists
    union all
    select artist_id, name, source, 3 from silver.rankings
)
select
    n.artist_id,
    coalesce(arg_min(nullif(n.name, ''), n.weight * 1000 + source_rank(n.source)), '') as name,
    arg_min(n.source, n.weight * 1000 + source_rank(n.source)) as source
from named n
semi join silver.served_sources s on s.source = n.source
anti join silver.artist_merges m on m.named_id = n.artist_id
group by n.artist_id
