-- staging.playlists: one row per landed playlist document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. Entries lie under "tracks" or, since 2026, "items"; each names a track or an item. Local files and removed
-- tracks have no id and no place here. fault: why the document is set aside; faults: fields that are.
-- columns: playlist_id VARCHAR, source VARCHAR, name VARCHAR, uri VARCHAR, description VARCHAR, owner_name VARCHAR, followers BIGINT
-- columns: external_url VARCHAR, images STRUCT(url VARCHAR, width INTEGER, height INTEGER)[], track_ids VARCHAR[], kind VARCHAR
-- columns: document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR, fault VARCHAR
-- columns: faults VARCHAR[]
with described as (
    select source, id as playlist_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(try(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "description": "VARCHAR", "owner": {"id": "VARCHAR", "display_name": "VARCHAR"},
            "followers": {"total": "VARCHAR"}, "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "external_urls": {"spotify": "VARCHAR"},
            "tracks": {"items": [{"track": {"id": "VARCHAR"}, "item": {"id": "VARCHAR"}}]},
            "items": {"items": [{"track": {"id": "VARCHAR"}, "item": {"id": "VARCHAR"}}]}
        }')))
    from bronze.documents
    where kind = 'playlist'
)
select
    playlist_id, source, coalesce(trim(name), '') as name, text_or_null(uri) as uri, text_or_null(description) as description,
    coalesce(text_or_null(owner.display_name), text_or_null(owner.id)) as owner_name,
    whole_number(followers.total, 0, 9007199254740992) as followers, external_urls.spotify as external_url,
    sorted_images(images) as images,
    list_filter(
        list_transform(coalesce(tracks.items, items.items, []), lambda entry: coalesce(entry.track.id, entry.item.id)),
        lambda track_id: is_spotify_id(track_id)
    ) as track_ids,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    if(id is null, 'the body is no object with an id', null) as fault,
    list_filter([
        unusable('followers', followers.total, whole_number(followers.total, 0, 9007199254740992))
    ], lambda found: found is not null) as faults
from described
