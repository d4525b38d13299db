-- silver.audio_features: one row per (track_id, provider); the latest version wins.
-- Reads staging.audio_features, staging.dataset_tracks. Scores 0..1, tempo in BPM, loudness in dB (usually -60..0, a little above it
-- occurs), mode 1 = major. Null where the provider found nothing: key -1, tempo 0, time_signature 0. Each provider's numbers stay apart.
-- Source of definitions: provider's Web API reference; ranges in real data: SOURCES 1.6.
-- key: track_id, provider
with versions as not materialized (
    select * exclude (fault, faults) from staging.audio_features where fault is null
    union all by name
    select source as provider, track_id, fetched_at, content_hash, document_id, batch_id, run_id, 'dataset_row' as kind,
        danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode,
        time_signature
    from staging.dataset_tracks
    where reject_reason is null
    union all by name select * from stale -- incremental
),
contested as (
    select track_id, provider from versions group by all having count(*) > 1
),
latest as (
    select * from versions anti join contested using (track_id, provider)
    union all
    select * from versions semi join contested using (track_id, provider)
    qualify row_number() over (partition by track_id, provider order by fetched_at desc, row_place(document_id) desc, content_hash desc, document_id desc, batch_id desc) = 1
)
select
    track_id, provider, danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness,
    key, mode, time_signature, kind, document_id, batch_id, run_id, fetched_at, content_hash
from latest
