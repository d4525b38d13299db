-- silver.served_sources: the sources whose rows go to gold, with the order in which they are believed.
-- Reads bronze.documents. The sandbox is a demonstration: it is served alone until a real source has landed a track, and then it leaves,
-- unless the configuration keeps it (variable keep_sandbox). What real sources land before that (a ranking, a file of artists) waits: nothing
-- could be published from it alone, and invented rows and real ones do not mix.
-- Of new batches only, the sources are the parent's: a build that may serve others is one of everything (src/pipeline/build/build-plan.ts).
-- key: source
with landed as (
    select source, bool_or(kind = 'track' or (kind = 'dataset_row' and source <> 'kaggle_1921_2020_artists')) as has_tracks
    from bronze.documents
    where kind not in ('malformed_row', 'name_match', 'miss')
    group by source
)
select source, source_rank(source)::integer as rank
from landed
where keep_sandbox()
    or (source = 'sandbox') = (select bool_or(source = 'sandbox') and not bool_or(source <> 'sandbox' and has_tracks) from landed)
