-- silver.served_sources: the sources whose rows go to gold, with the order in which they are believed.
-- Reads bronze.documents, staging.tracks, staging.dataset_tracks. The sandbox is a demonstration: it is served alone until a real source has
-- landed a track that can be used, and then it leaves, unless the configuration keeps it (variable keep_sandbox). What real sources land before
-- that (a ranking, a file of artists, rows that are all set aside) waits: nothing could be published from it alone, and invented rows and real
-- ones do not mix.
-- Of new batches only, the sources are the parent's: a build that may serve others is one of everything (src/pipeline/build/build-plan.ts).
-- key: source
with landed as (
    select distinct source
    from bronze.documents
    where kind not in ('malformed_row', 'name_match', 'miss')
)
select source, source_rank(source)::integer as rank
from landed
where keep_sandbox()
    or (source = 'sandbox') = (
        exists (from landed where source = 'sandbox')
        and not exists (from staging.tracks where source <> 'sandbox' and fault is null)
        and not exists (from staging.dataset_tracks where source <> 'sandbox' and reject_reason is null)
    )
