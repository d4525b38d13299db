-- staging.albums: one row per landed album document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. release_date is as precise as the source says: 1997, 1997-05 or 1997-05-20; null for "0000".
-- listed: the tracks that the document itself lists (Spotify: the first 50); one that stands for another by that one's id.
-- fault: why the document is set aside; faults: fields that are.
-- columns: album_id VARCHAR, source VARCHAR, name VARCHAR, uri VARCHAR, album_type VARCHAR, release_date VARCHAR, label VARCHAR
-- columns: popularity INTEGER, total_tracks INTEGER, upc VARCHAR, ean VARCHAR, amgid VARCHAR, external_url VARCHAR
-- columns: images STRUCT(url VARCHAR, width INTEGER, height INTEGER)[], copyrights STRUCT("text" VARCHAR, "type" VARCHAR)[]
-- columns: markets VARCHAR[], artists STRUCT(id VARCHAR, "name" VARCHAR)[]
-- columns: listed STRUCT(track_id VARCHAR, disc_number INTEGER, track_number INTEGER)[], kind VARCHAR, document_id VARCHAR, batch_id VARCHAR
-- columns: run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR, fault VARCHAR, faults VARCHAR[]
with described as (
    select source, id as album_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(try(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "album_type": "VARCHAR", "release_date": "VARCHAR",
            "release_date_precision": "VARCHAR", "label": "VARCHAR", "popularity": "VARCHAR", "total_tracks": "VARCHAR",
            "external_ids": {"upc": "VARCHAR", "ean": "VARCHAR", "amgid": "VARCHAR"}, "external_urls": {"spotify": "VARCHAR"},
            "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "copyrights": [{"text": "VARCHAR", "type": "VARCHAR"}], "available_markets": ["VARCHAR"],
            "artists": [{"id": "VARCHAR", "name": "VARCHAR"}],
            "tracks": {"items": [{
                "id": "VARCHAR", "linked_from": {"id": "VARCHAR"}, "disc_number": "VARCHAR", "track_number": "VARCHAR"
            }]}
        }')))
    from bronze.documents
    where kind = 'album'
)
select
    album_id, source, coalesce(trimmed(name), '') as name, text_or_null(uri) as uri,
    album_type_of(d.album_type) as album_type,
    stated_date(d.release_date, release_date_precision) as release_date,
    text_or_null(label) as label,
    whole_number(d.popularity, 0, 100)::integer as popularity,
    whole_number(d.total_tracks, 0, 100000)::integer as total_tracks,
    text_or_null(external_ids.upc) as upc, text_or_null(external_ids.ean) as ean, text_or_null(external_ids.amgid) as amgid,
    external_urls.spotify as external_url,
    sorted_images(images) as images,
    list_filter(coalesce(copyrights, []), lambda line: text_or_null(line.text) is not null) as copyrights,
    list_sort(available_markets) as markets,
    list_filter(coalesce(artists, []), lambda artist: is_spotify_id(artist.id)) as artists,
    list_filter(list_transform(coalesce(tracks.items, []), lambda item: {
        track_id: coalesce(item.linked_from.id, item.id),
        disc_number: whole_number(item.disc_number, 0, 100000)::integer,
        track_number: whole_number(item.track_number, 0, 100000)::integer
    }), lambda item: is_spotify_id(item.track_id)) as listed,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    case
        when not is_spotify_id(album_id) then 'id "' || album_id || '" is not 22 base-62 characters'
        when id is null then 'the body is no object with an id'
    end as fault,
    list_filter([
        unusable('popularity', d.popularity, whole_number(d.popularity, 0, 100)),
        unusable('total_tracks', d.total_tracks, whole_number(d.total_tracks, 0, 100000)),
        unusable('album_type', d.album_type, album_type_of(d.album_type)),
        unusable('release_date', if(cut_date(d.release_date, release_date_precision) = '0000', null, d.release_date), stated_date(d.release_date, release_date_precision))
    ], lambda found: found is not null) as faults
from described d
