-- gold.provenance: one row per (entity, entity_id, source, kind): the landed document whose version each source contributes.
-- Reads silver.artists, silver.albums, silver.tracks, silver.audio_features, silver.rankings, silver.playlists, silver.served_sources.
-- key: entity, entity_id, source, kind
-- touched only: silver.artists, silver.albums, silver.tracks, silver.audio_features, silver.rankings, silver.playlists
with latest_rankings as (
    select artist_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash
    from silver.rankings
    where artist_id in (from touched) -- incremental
    qualify row_number() over (partition by artist_id, source, kind order by fetched_at desc, content_hash desc, document_id desc, batch_id desc) = 1
),
contributed as (
    select 'artist' as entity, artist_id as entity_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash
    from silver.artists
    where artist_id in (from touched) -- incremental
    union all
    select 'artist', artist_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from latest_rankings
    union all
    select 'album', album_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.albums
    where album_id in (from touched) -- incremental
    union all
    select 'track', track_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.tracks
    where track_id in (from touched) -- incremental
    union all
    select 'track', track_id, provider, kind, document_id, batch_id, run_id, fetched_at, content_hash
    from silver.audio_features
    where kind = 'audio_features'
        and track_id in (from touched) -- incremental
    union all
    select 'playlist', playlist_id, source, kind, document_id, batch_id, run_id, fetched_at, content_hash from silver.playlists
    where playlist_id in (from touched) -- incremental
)
select *
from contributed
semi join silver.served_sources using (source)
