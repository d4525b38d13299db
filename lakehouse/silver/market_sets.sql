-- silver.market_sets: one row per (market_set_id, market, source). Nearly all tracks share a few sets of markets, so tracks and albums
-- name a set, and the markets of a set are here.
-- Reads staging.albums, staging.tracks. market: ISO 3166-1 alpha-2.
-- key: market_set_id, market, source
with sets as (
    select source, markets, market_set_id(markets) as market_set_id from staging.albums where fault is null
    union all
    select source, markets, market_set_id(markets) from staging.tracks where fault is null
),
distinct_sets as (
    select distinct on (source, market_set_id) source, market_set_id, markets from sets where market_set_id is not null
)
-- A list may hold nulls, which have no part in its name.
select distinct market_set_id, unnest(list_filter(markets, lambda market: market is not null)) as market, source from distinct_sets
union select * from stale -- incremental
