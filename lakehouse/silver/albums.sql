-- silver.albums: one row per album and source; the latest version wins.
-- Reads bronze.documents, silver.dataset_tracks. A data set knows an album by its tracks; its rows are folded into one.
-- release_date is as precise as the source says: 1997, 1997-05 or 1997-05-20; null for "0000".
with described as (
    select source, id as album_id, batch_id, run_id, fetched_at, content_hash, id as document_id, kind,
        unnest(json_transform(body, '{
            "name": "VARCHAR", "uri": "VARCHAR", "album_type": "VARCHAR", "release_date": "VARCHAR",
            "release_date_precision": "VARCHAR", "label": "VARCHAR", "popularity": "INTEGER", "total_tracks": "INTEGER",
            "external_ids": {"upc": "VARCHAR", "ean": "VARCHAR"}, "external_urls": {"spotify": "VARCHAR"},
            "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "artists": [{"id": "VARCHAR", "name": "VARCHAR"}]
        }'))
    from bronze.documents
    where kind = 'album' and is_spotify_id(id) and json_valid(body)
),
versions as (
    select
        source, album_id, batch_id, run_id, fetched_at, content_hash, document_id, kind,
        coalesce(trim(name), '') as name,
        text_or_null(uri) as uri,
        if(album_type in ('album', 'single', 'compilation'), album_type, null) as album_type,
        -- The stated precision may be coarser than the text.
        partial_date(case release_date_precision when 'year' then release_date[1:4] when 'month' then release_date[1:7] else release_date end)
            as release_date,
        text_or_null(label) as label,
        popularity,
        total_tracks,
        coalesce(text_or_null(external_ids.upc), text_or_null(external_ids.ean)) as upc,
        external_urls.spotify as external_url,
        images,
        artists
    from described
    union all by name
    select
        source, album_id, batch_id, run_id, fetched_at, content_hash, document_id, 'dataset_row' as kind,
        album_name as name,
        release_date
    from silver.dataset_tracks
    where album_id is not null and reject_reason is null
)
select
    album_id, source, name, uri, album_type, release_date, date_precision(release_date) as release_date_precision,
    try_cast(release_date[1:4] as integer) as release_year, label, popularity, total_tracks, upc, external_url,
    list_reverse_sort(list_filter(coalesce(images, []), lambda image: image.url is not null).list_transform(
        lambda image: {width: image.width, height: image.height, url: image.url}
    )).list_transform(lambda image: {url: image.url, width: image.width, height: image.height}) as images,
    list_filter(coalesce(artists, []), lambda artist: is_spotify_id(artist.id)) as artists,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by album_id, source order by fetched_at desc, content_hash desc, document_id desc) = 1
