-- silver.artists: one row per artist and source that described it by a document of its own; the latest version wins.
-- Reads staging.artists. popularity 0..100, followers a count. An artist that others only mention is in silver.track_artists.
-- key: artist_id, source
with versions as (
    select * exclude (fault, faults) from staging.artists where fault is null
    union all by name select * from stale -- incremental
)
select
    artist_id, source, name, uri, popularity, followers, external_url, genres, images,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by artist_id, source order by fetched_at desc, row_place(document_id) desc, content_hash desc, document_id desc, batch_id desc) = 1
