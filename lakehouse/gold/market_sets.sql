-- gold.market_sets: one row per (market_set_id, market): where what names this set is available. Tracks and albums name a set, because
-- nearly all share a few. Reads silver.market_sets, silver.served_sources. market: ISO 3166-1 alpha-2.
-- key: market_set_id, market
select distinct market_set_id, market
from silver.market_sets
semi join silver.served_sources using (source)
where market_set_id in (from touched) -- incremental
