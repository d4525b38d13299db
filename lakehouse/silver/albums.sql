-- silver.albums: one row per album and source; the latest version wins.
-- Reads staging.albums, staging.tracks, staging.dataset_tracks. A data set knows an album by its tracks; its rows are folded into one. An album
-- without a document of its own is what the latest track on it says: kind and document_id are the track's.
-- listed: tracks that its document lists, with their places.
-- release_date is as precise as the source says: 1997, 1997-05 or 1997-05-20. markets: a name in silver.market_sets.
-- key: album_id, source
with stated as (
    select * exclude (fault, faults, markets), market_set_id(markets) as market_set_id from staging.albums where fault is null
),
-- Of a data set's rows the latest one of each album, found by keys alone: whole rows would not fit in memory.
latest_rows as (
    select album_id, source, max((fetched_at, row_place(document_id), content_hash, document_id, batch_id)) as version
    from staging.dataset_tracks
    where album_id is not null and reject_reason is null
    group by album_id, source
),
in_rows as (
    select r.source, r.album_id, r.batch_id, r.run_id, r.fetched_at, r.content_hash, r.document_id, 'dataset_row' as kind,
        r.album_name as name, r.release_date
    from staging.dataset_tracks r
    join latest_rows l on l.album_id = r.album_id and l.source = r.source
        and l.version = (r.fetched_at, row_place(r.document_id), r.content_hash, r.document_id, r.batch_id)
    where r.reject_reason is null
),
described as (
    select distinct album_id, source from staging.albums where fault is null
),
latest_mentions as (
    select album_id, source, max((fetched_at, content_hash, document_id, batch_id)) as version
    from staging.tracks
    anti join described using (album_id, source)
    where fault is null and album is not null
    group by album_id, source
),
mentioned as (
    select t.source, t.album_id, t.batch_id, t.run_id, t.fetched_at, t.content_hash, t.document_id, t.kind,
        t.album.name as name, t.album.album_type as album_type, t.album.release_date as release_date, t.album.artists as artists
    from staging.tracks t
    join latest_mentions m on m.album_id = t.album_id and m.source = t.source
        and m.version = (t.fetched_at, t.content_hash, t.document_id, t.batch_id)
    where t.fault is null and t.album is not null
),
versions as not materialized (
    from stated
    union all by name from in_rows
    union all by name from mentioned
    union all by name select * from stale -- incremental
),
-- Most keys have one version; only the others are compared, since whole rows are heavy.
contested as (
    select album_id, source from versions group by all having count(*) > 1
),
latest as (
    select * from versions anti join contested using (album_id, source)
    union all
    select * from versions semi join contested using (album_id, source)
    qualify row_number() over (partition by album_id, source order by kind = 'track', fetched_at desc, row_place(document_id) desc, content_hash desc, document_id desc, batch_id desc) = 1
)
select
    album_id, source, name, uri, album_type, release_date, date_precision(release_date) as release_date_precision,
    try_cast(release_date[1:4] as integer) as release_year, label, popularity, total_tracks, upc, ean, amgid, external_url,
    coalesce(images, []) as images, coalesce(copyrights, []) as copyrights, market_set_id, coalesce(artists, []) as artists, coalesce(listed, []) as listed,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from latest
