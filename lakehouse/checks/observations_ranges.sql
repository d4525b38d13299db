-- Figures are counts: not negative, and a popularity is at most 100.
-- relation: gold.observations
-- severity: BLOCK
select entity, entity_id, measure, observed_at, value
from gold.observations -- whole
from changed.gold_observations -- incremental
where (value < 0 or (measure = 'popularity' and value > 100))
    and is_new -- incremental
