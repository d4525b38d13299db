-- silver.rankings: one row per (artist_id, list, updated_on, source): what a ranking said of an artist on a day.
-- Reads staging.rankings. Streams are whole counts.
-- key: artist_id, list, updated_on, source
-- nullable: list, updated_on
with versions as (
    select * exclude (fault, faults) from staging.rankings where fault is null
    union all by name select * from stale -- incremental
)
select
    artist_id, source, list, updated_on, rank, name, streams, daily_streams, lead_streams, solo_streams, feature_streams, monthly_listeners,
    daily_listeners, peak_rank, peak_listeners,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (
    partition by artist_id, list, updated_on, source order by fetched_at desc, content_hash desc, document_id desc, batch_id desc
) = 1
