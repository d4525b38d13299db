-- silver.observations: one row per (entity, entity_id, measure, observed_at, source): a figure as it was at each crawl.
-- Reads staging.artists, staging.albums, staging.tracks, staging.rankings. Data sets are left out: they do not say when their figures
-- were taken. Two documents of one moment that disagree: the smaller figure, whatever came first.
-- key: entity, entity_id, measure, observed_at, source
with figures as (
    select 'artist' as entity, artist_id as entity_id, 'popularity' as measure, fetched_at as observed_at, popularity::double as value, source
    from staging.artists where fault is null and kind = 'artist'
    union all
    select 'artist', artist_id, 'followers', fetched_at, followers::double, source
    from staging.artists where fault is null and kind = 'artist'
    union all
    select 'album', album_id, 'popularity', fetched_at, popularity::double, source from staging.albums where fault is null
    union all
    select 'track', track_id, 'popularity', fetched_at, popularity::double, source from staging.tracks where fault is null
    union all
    select 'artist', artist_id, 'streams', fetched_at, streams::double, source from staging.rankings where fault is null
    union all
    select 'artist', artist_id, 'monthly_listeners', fetched_at, monthly_listeners::double, source
    from staging.rankings where fault is null
    union all select * from stale -- incremental
)
select entity, entity_id, measure, observed_at, min(value) as value, source
from figures
where value is not null
group by entity, entity_id, measure, observed_at, source
