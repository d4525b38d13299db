-- silver.audio_features: one row per (track_id, provider); the latest version wins.
-- Reads bronze.documents, silver.dataset_tracks. Scores 0..1, tempo in BPM, loudness in dB (usually -60..0, a little above it occurs).
-- Null where the provider found nothing: key -1, tempo 0, time_signature 0. Each provider's numbers stay apart.
-- Source of definitions: provider's Web API reference; ranges in real data: SOURCES 1.6.
with described as (
    select source as provider, id as track_id, fetched_at, content_hash, id as document_id, batch_id, run_id, kind,
        unnest(json_transform(body, '{
            "danceability": "DOUBLE", "energy": "DOUBLE", "valence": "DOUBLE", "acousticness": "DOUBLE",
            "instrumentalness": "DOUBLE", "liveness": "DOUBLE", "speechiness": "DOUBLE", "tempo": "DOUBLE",
            "loudness": "DOUBLE", "key": "INTEGER", "mode": "INTEGER", "time_signature": "INTEGER"
        }'))
    from bronze.documents
    where kind = 'audio_features' and is_spotify_id(id) and json_valid(body)
),
versions as (
    select * from described
    union all by name
    select source as provider, track_id, fetched_at, content_hash, document_id, batch_id, run_id, 'dataset_row' as kind,
        danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode,
        time_signature
    from silver.dataset_tracks
    where reject_reason is null
)
select
    track_id, provider,
    if(danceability between 0 and 1, danceability, null) as danceability,
    if(energy between 0 and 1, energy, null) as energy,
    if(valence between 0 and 1, valence, null) as valence,
    if(acousticness between 0 and 1, acousticness, null) as acousticness,
    if(instrumentalness between 0 and 1, instrumentalness, null) as instrumentalness,
    if(liveness between 0 and 1, liveness, null) as liveness,
    if(speechiness between 0 and 1, speechiness, null) as speechiness,
    if(tempo > 0, tempo, null) as tempo,
    loudness,
    if(key between 0 and 11, key, null) as key,
    if(mode in (0, 1), mode, null) as mode,
    if(time_signature > 0, time_signature, null) as time_signature,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by track_id, provider order by fetched_at desc, content_hash desc, document_id desc) = 1
