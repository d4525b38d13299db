-- gold.observations: one row per (entity, entity_id, measure, observed_at, source): how figures changed from crawl to crawl.
-- Reads silver.observations, silver.served_sources.
-- key: entity, entity_id, measure, observed_at, source
-- touched only: silver.observations
select entity, entity_id, measure, observed_at, value, source
from silver.observations
semi join silver.served_sources using (source)
where entity_id in (from touched) -- incremental
