-- The newest document of a crawled source that gold is made from is older than max_age_hours. Data sets and the sandbox do not age.
-- relation: gold.provenance
-- severity: WARN
select source, max(fetched_at) as newest
from gold.provenance
where source <> 'sandbox' and kind <> 'dataset_row'
group by source
having max(fetched_at) < checked_at() - to_hours(max_age_hours())
