-- gold.rankings: one row per (artist_id, list, updated_on, source): the place of an artist on a ranking on a day.
-- Reads silver.rankings, silver.served_sources. rank: by streams (or monthly listeners) among the landed artists of that list and day,
-- from 1, ties sharing one. Streams are whole counts. An entry of an unknown day stays in silver.
-- key: artist_id, list, updated_on, source
-- nullable: list
-- refers: artist_id to gold.artists
select
    artist_id, list, updated_on, source,
    rank() over (partition by list, updated_on, source order by coalesce(streams, monthly_listeners) desc nulls last)::integer as rank,
    streams, daily_streams, lead_streams, solo_streams, feature_streams, monthly_listeners
from silver.rankings
semi join silver.served_sources using (source)
where updated_on is not null
    and updated_on in (from touched) -- incremental
