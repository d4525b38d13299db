-- gold.external_ids: one row per (entity, entity_id, scheme, value): the industry's numbers, over all served sources.
-- Reads silver.tracks, silver.albums, silver.served_sources. scheme: isrc (a recording), upc, ean or amgid (an album).
-- key: entity, entity_id, scheme, value
-- touched only: silver.tracks, silver.albums
with coded as (
    select track_id, isrc
    from silver.tracks
    semi join silver.served_sources using (source)
    where isrc is not null
        and track_id in (from touched) -- incremental
),
-- Where there is but one source of tracks, none has a code twice.
shared as materialized (
    select track_id
    from coded
    where (select min(source) < max(source) from silver.tracks) -- whole
    group by track_id
    having count(*) > 1
),
of_albums as (
    select album_id, unnest(['upc', 'ean', 'amgid']) as scheme, unnest([upc, ean, amgid]) as value
    from silver.albums
    semi join silver.served_sources using (source)
    where album_id in (from touched) -- incremental
)
select 'track' as entity, track_id as entity_id, 'isrc' as scheme, isrc as value from coded anti join shared using (track_id)
union all
select distinct 'track', track_id, 'isrc', isrc from coded semi join shared using (track_id)
union all
select distinct 'album', album_id, scheme, value from of_albums where value is not null
