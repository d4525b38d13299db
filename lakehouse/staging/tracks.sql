-- staging.tracks: one row per landed track document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. The id is the one asked for: a re-linked answer keeps its own in relinked_id, and where the source says
-- from which id it linked, that is linked_from_id. album: what it says of the album of album_id, null where that is nothing but the id.
-- duration_ms in milliseconds, null for 0; popularity 0..100, disc and track number from 1.
-- fault: why the document is set aside; faults: fields that are.
-- columns: track_id VARCHAR, source VARCHAR, relinked_id VARCHAR, linked_from_id VARCHAR, name VARCHAR, uri VARCHAR, album_id VARCHAR
-- columns: duration_ms INTEGER, is_explicit BOOLEAN, popularity INTEGER, isrc VARCHAR, disc_number INTEGER, track_number INTEGER
-- columns: preview_url VARCHAR, external_url VARCHAR, is_local BOOLEAN, markets VARCHAR[], artists STRUCT(id VARCHAR, "name" VARCHAR)[]
-- columns: album STRUCT("name" VARCHAR, album_type VARCHAR, release_date VARCHAR, artists STRUCT(id VARCHAR, "name" VARCHAR)[])
-- columns: kind VARCHAR, document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR
-- columns: fault VARCHAR, faults VARCHAR[]
with described as (
    select source, id as track_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash, body,
        unnest(try(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "duration_ms": "VARCHAR", "explicit": "VARCHAR",
            "popularity": "VARCHAR", "disc_number": "VARCHAR", "track_number": "VARCHAR", "preview_url": "VARCHAR",
            "is_local": "VARCHAR", "external_ids": {"isrc": "VARCHAR"}, "external_urls": {"spotify": "VARCHAR"},
            "album": {
                "id": "VARCHAR", "name": "VARCHAR", "album_type": "VARCHAR", "release_date": "VARCHAR", "release_date_precision": "VARCHAR",
                "artists": [{"id": "VARCHAR", "name": "VARCHAR"}]
            },
            "linked_from": {"id": "VARCHAR"}, "available_markets": ["VARCHAR"],
            "artists": [{"id": "VARCHAR", "name": "VARCHAR"}]
        }')))
    from bronze.documents
    where kind = 'track'
),
-- What is asked for several times below.
read as (
    select * exclude (body),
        yes_no(explicit) as is_explicit, whole_cell(duration_ms) as milliseconds, whole_cell(popularity) as score,
        whole_cell(disc_number) as disc, whole_cell(track_number) as place,
        -- A list that was read is one: only where there is none the body is looked at again.
        if(artists is null, try(json_type(body, '$.artists')), null) as artists_type
    from described
)
select
    track_id, source, if(id <> track_id, id, null) as relinked_id,
    if(is_spotify_id(linked_from.id) and linked_from.id <> track_id, linked_from.id, null) as linked_from_id,
    coalesce(trimmed(name), '') as name, text_or_null(uri) as uri,
    if(is_spotify_id(d.album.id), d.album.id, null) as album_id,
    nullif(in_range(milliseconds, 0, 2147483647), 0)::integer as duration_ms,
    is_explicit,
    in_range(score, 0, 100)::integer as popularity,
    upper(text_or_null(external_ids.isrc)) as isrc,
    in_range(disc, 0, 100000)::integer as disc_number,
    in_range(place, 0, 100000)::integer as track_number,
    text_or_null(preview_url) as preview_url, external_urls.spotify as external_url,
    yes_no(d.is_local) as is_local,
    list_sort(available_markets) as markets,
    list_filter(coalesce(artists, []), lambda artist: is_spotify_id(artist.id)) as artists,
    if(is_spotify_id(d.album.id) and text_or_null(d.album.name) is not null, {
        name: trimmed(d.album.name),
        album_type: album_type_of(d.album.album_type),
        release_date: stated_date(d.album.release_date, d.album.release_date_precision),
        artists: list_filter(coalesce(d.album.artists, []), lambda artist: is_spotify_id(artist.id))
    }, null) as album,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    case
        when not is_spotify_id(track_id) then 'id "' || track_id || '" is not 22 base-62 characters'
        when id is null then 'the body is no object with an id'
    end as fault,
    -- Of nearly all tracks everything can be used, and no list need be made.
    case
        when milliseconds between 0 and 2147483647 and d.is_explicit is not null and score between 0 and 100
            and disc between 0 and 100000 and place between 0 and 100000 and artists is not null then []
        else list_filter([
            unusable('duration_ms', d.duration_ms, in_range(milliseconds, 0, 2147483647)),
            unusable('explicit', explicit, d.is_explicit),
            unusable('popularity', d.popularity, in_range(score, 0, 100)),
            unusable('disc_number', d.disc_number, in_range(disc, 0, 100000)),
            unusable('track_number', d.track_number, in_range(place, 0, 100000)),
            if(artists_type not in ('ARRAY', 'NULL'), 'artists is no list', null)
        ], lambda found: found is not null)
    end as faults
from read d
