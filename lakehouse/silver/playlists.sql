-- silver.playlists: one row per playlist and source that described it by a document of its own; the latest version wins.
-- Reads staging.playlists. track_ids: its entries in order.
-- key: playlist_id, source
with versions as (
    select * exclude (fault, faults) from staging.playlists where fault is null
    union all by name select * from stale -- incremental
)
select
    playlist_id, source, name, uri, description, owner_name, followers, external_url, images, track_ids,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by playlist_id, source order by fetched_at desc, content_hash desc, document_id desc, batch_id desc) = 1
