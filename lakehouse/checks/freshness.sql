-- The newest document of a crawled source is older than max_age_hours. Data sets and the sandbox do not age.
-- relation: gold.observations
-- severity: WARN
select source, max(observed_at) as newest
from gold.observations
where source <> 'sandbox'
group by source
having max(observed_at) < checked_at() - to_hours(max_age_hours())
