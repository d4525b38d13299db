-- silver.served_sources: the sources whose rows go to gold, with the order in which they are believed.
-- Reads bronze.documents. The sandbox is a demonstration: it leaves as soon as a real source has landed, unless the
-- configuration keeps it (variable keep_sandbox). A source that lands for the first time makes a build whole.
-- key: source
with landed as (
    select distinct source from bronze.documents where kind not in ('malformed_row', 'name_match', 'miss')
    union select source from before.silver_served_sources -- incremental
)
select source, source_rank(source)::integer as rank
from landed
where (
    source <> 'sandbox'
    or keep_sandbox()
    or not exists (select 1 from landed where source <> 'sandbox')
)
    and source in (from touched) -- incremental
