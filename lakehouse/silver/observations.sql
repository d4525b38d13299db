-- silver.observations: one row per (entity, entity_id, measure, observed_at, source): a figure as it was at each crawl.
-- Reads bronze.documents, silver.rankings. Data sets are left out: they do not say when their figures were taken.
with described as (
    select source, kind, id, fetched_at,
        unnest(json_transform(body, '{"popularity": "INTEGER", "followers": {"total": "BIGINT"}}'))
    from bronze.documents
    where kind in ('artist', 'album', 'track') and is_spotify_id(id) and json_valid(body)
),
figures as (
    select kind as entity, id as entity_id, 'popularity' as measure, fetched_at as observed_at, popularity::double as value, source
    from described
    union all
    select kind, id, 'followers', fetched_at, followers.total::double, source from described where kind = 'artist'
    union all
    select 'artist', artist_id, 'streams', fetched_at, streams::double, source from silver.rankings
    union all
    select 'artist', artist_id, 'monthly_listeners', fetched_at, monthly_listeners::double, source from silver.rankings
)
select distinct on (entity, entity_id, measure, observed_at, source) entity, entity_id, measure, observed_at, value, source
from figures
where value is not null
order by entity, entity_id, measure, observed_at, source, value
