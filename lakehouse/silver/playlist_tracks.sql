-- silver.playlist_tracks: one row per (playlist_id, track_id, genre, subgenre, source).
-- Reads staging.dataset_tracks, silver.playlists. Genre belongs to the place on the playlist: one list may stand under two genres.
-- Rows of data sets add up over files; of a playlist document the latest version counts, so that what left the list is gone.
-- playlist_name is that of the last row of the latest file: last_row, fetched_at, content_hash. first_row is the first in any file.
-- key: playlist_id, track_id, genre, subgenre, source
-- nullable: genre, subgenre
with listed as (
    select playlist_id, track_id, playlist_genre as genre, playlist_subgenre as subgenre, source, playlist_name,
        row_place(document_id) as first_row, row_place(document_id) as last_row, fetched_at, content_hash
    from staging.dataset_tracks
    where playlist_id is not null and reject_reason is null
    union all by name select * exclude (is_listed) from stale where is_listed -- incremental
),
entries as (
    select playlist_id, source, name as playlist_name, fetched_at, content_hash,
        unnest(track_ids) as track_id, generate_subscripts(track_ids, 1) as first_row
    from silver.playlists
    where playlist_id in (from touched) -- incremental
)
select
    playlist_id, track_id, genre, subgenre, source, arg_max(playlist_name, (fetched_at, last_row, content_hash)) as playlist_name,
    min(first_row) as first_row, max({moment: fetched_at, place: last_row}).place as last_row, true as is_listed, max(fetched_at) as fetched_at,
    max({moment: fetched_at, place: last_row, hash: content_hash}).hash as content_hash
from listed
group by playlist_id, track_id, genre, subgenre, source
union all
select
    playlist_id, track_id, null, null, source, any_value(playlist_name), min(first_row), max(first_row), false, any_value(fetched_at),
    any_value(content_hash)
from entries
group by playlist_id, track_id, source
