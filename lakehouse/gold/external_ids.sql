-- gold.external_ids: one row per (entity, entity_id, scheme, value): the industry's numbers, over all served sources.
-- Reads silver.tracks, silver.albums, silver.served_sources. scheme: isrc (a recording), upc, ean or amgid (an album).
-- key: entity, entity_id, scheme, value
-- touched only: silver.tracks, silver.albums
with stated as (
    select 'track' as entity, track_id as entity_id, 'isrc' as scheme, isrc as value
    from silver.tracks
    semi join silver.served_sources using (source)
    where isrc is not null
        and track_id in (from touched) -- incremental
    union
    select 'album', album_id, unnest(['upc', 'ean', 'amgid']), unnest([upc, ean, amgid])
    from silver.albums
    semi join silver.served_sources using (source)
    where album_id in (from touched) -- incremental
)
select entity, entity_id, scheme, value
from stated
where value is not null
