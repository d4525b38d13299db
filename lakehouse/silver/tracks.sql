-- silver.tracks: one row per track and source; the latest version wins.
-- Reads bronze.documents, silver.dataset_tracks. The id is the one asked for: a re-linked answer keeps its own in relinked_id.
-- duration_ms in milliseconds, popularity 0..100, disc and track number from 1.
with described as (
    select source, id as track_id, batch_id, run_id, fetched_at, content_hash, id as document_id, kind,
        unnest(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "duration_ms": "INTEGER", "explicit": "BOOLEAN",
            "popularity": "INTEGER", "disc_number": "INTEGER", "track_number": "INTEGER", "preview_url": "VARCHAR",
            "external_ids": {"isrc": "VARCHAR"}, "external_urls": {"spotify": "VARCHAR"},
            "album": {"id": "VARCHAR", "name": "VARCHAR"}, "artists": [{"id": "VARCHAR", "name": "VARCHAR"}]
        }'))
    from bronze.documents
    where kind = 'track' and is_spotify_id(id) and json_valid(body)
),
versions as (
    select
        source, track_id, batch_id, run_id, fetched_at, content_hash, document_id, kind,
        if(id <> track_id, id, null) as relinked_id,
        coalesce(trim(name), '') as name,
        text_or_null(uri) as uri,
        if(is_spotify_id(album.id), album.id, null) as album_id,
        duration_ms,
        explicit as is_explicit,
        popularity,
        upper(text_or_null(external_ids.isrc)) as isrc,
        disc_number,
        track_number,
        text_or_null(preview_url) as preview_url,
        external_urls.spotify as external_url,
        list_filter(coalesce(artists, []), lambda artist: is_spotify_id(artist.id)) as artists
    from described
    union all by name
    select
        source, track_id, batch_id, run_id, fetched_at, content_hash, document_id, 'dataset_row' as kind,
        name, album_id, duration_ms, is_explicit, popularity, disc_number, track_number, release_date,
        list_transform(artist_names, lambda artist, place: {
            id: coalesce(artist_ids[place], named_id('artist', artist)), name: artist
        }) as artists
    from silver.dataset_tracks
    where reject_reason is null
)
select
    track_id, source, relinked_id, name, uri, album_id, duration_ms, is_explicit, popularity, isrc, disc_number, track_number,
    preview_url, external_url, release_date, artists, kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by track_id, source order by fetched_at desc, content_hash desc, document_id desc) = 1
