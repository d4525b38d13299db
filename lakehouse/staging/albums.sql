-- staging.albums: one row per landed album document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. release_date is as precise as the source says: 1997, 1997-05 or 1997-05-20; null for "0000".
-- fault: why the document is set aside; faults: fields that are.
-- columns: album_id VARCHAR, source VARCHAR, name VARCHAR, uri VARCHAR, album_type VARCHAR, release_date VARCHAR, label VARCHAR
-- columns: popularity INTEGER, total_tracks INTEGER, upc VARCHAR, ean VARCHAR, amgid VARCHAR, external_url VARCHAR
-- columns: images STRUCT(url VARCHAR, width INTEGER, height INTEGER)[], copyrights STRUCT("text" VARCHAR, "type" VARCHAR)[]
-- columns: markets VARCHAR[], artists STRUCT(id VARCHAR, "name" VARCHAR)[], kind VARCHAR, document_id VARCHAR, batch_id VARCHAR
-- columns: run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR, fault VARCHAR, faults VARCHAR[]
with described as (
    select source, id as album_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(try(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "album_type": "VARCHAR", "release_date": "VARCHAR",
            "release_date_precision": "VARCHAR", "label": "VARCHAR", "popularity": "VARCHAR", "total_tracks": "VARCHAR",
            "external_ids": {"upc": "VARCHAR", "ean": "VARCHAR", "amgid": "VARCHAR"}, "external_urls": {"spotify": "VARCHAR"},
            "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "copyrights": [{"text": "VARCHAR", "type": "VARCHAR"}], "available_markets": ["VARCHAR"],
            "artists": [{"id": "VARCHAR", "name": "VARCHAR"}]
        }')))
    from bronze.documents
    where kind = 'album'
)
select
    album_id, source, coalesce(trimmed(name), '') as name, text_or_null(uri) as uri,
    if(lower(album_type) in ('album', 'single', 'compilation'), lower(album_type), null) as album_type,
    -- The stated precision may be coarser than the text.
    partial_date(case release_date_precision when 'year' then d.release_date[1:4] when 'month' then d.release_date[1:7] else d.release_date end)
        as release_date,
    text_or_null(label) as label,
    whole_number(d.popularity, 0, 100)::integer as popularity,
    whole_number(d.total_tracks, 0, 100000)::integer as total_tracks,
    text_or_null(external_ids.upc) as upc, text_or_null(external_ids.ean) as ean, text_or_null(external_ids.amgid) as amgid,
    external_urls.spotify as external_url,
    sorted_images(images) as images,
    list_filter(coalesce(copyrights, []), lambda line: text_or_null(line.text) is not null) as copyrights,
    list_sort(available_markets) as markets,
    list_filter(coalesce(artists, []), lambda artist: is_spotify_id(artist.id)) as artists,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    case
        when not is_spotify_id(album_id) then 'id "' || album_id || '" is not 22 base-62 characters'
        when id is null then 'the body is no object with an id'
    end as fault,
    list_filter([
        unusable('popularity', d.popularity, whole_number(d.popularity, 0, 100)),
        unusable('total_tracks', d.total_tracks, whole_number(d.total_tracks, 0, 100000)),
        unusable('album_type', album_type, if(lower(album_type) in ('album', 'single', 'compilation'), album_type, null)),
        unusable('release_date', nullif(d.release_date, '0000'), partial_date(d.release_date))
    ], lambda found: found is not null) as faults
from described d
