-- gold.provenance: one row per (entity, entity_id, source, kind): the landed document whose version each source contributes.
-- Reads silver.artists, silver.albums, silver.tracks, silver.audio_features, silver.rankings, silver.served_sources.
with contributed as (
    select 'artist' as entity, artist_id as entity_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash
    from silver.artists
    union all
    select 'artist', artist_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.rankings
    union all
    select 'album', album_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.albums
    union all
    select 'track', track_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.tracks
    union all
    select 'track', track_id, provider, kind, document_id, batch_id, run_id, fetched_at, content_hash
    from silver.audio_features
    where kind = 'audio_features'
)
select *
from contributed
semi join silver.served_sources using (source)
qualify row_number() over (partition by entity, entity_id, source, kind order by fetched_at desc, content_hash desc, document_id desc) = 1
