-- staging.audio_features: one row per landed audio-features document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. Null where the provider found nothing (key -1, tempo 0, time_signature 0) and where it says nonsense, which
-- faults then tells. fault: why the document is set aside.
with described as (
    select source as provider, id as track_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(json_transform(if(json_valid(body), body, 'null'), '{
            "danceability": "VARCHAR", "energy": "VARCHAR", "valence": "VARCHAR", "acousticness": "VARCHAR",
            "instrumentalness": "VARCHAR", "liveness": "VARCHAR", "speechiness": "VARCHAR", "tempo": "VARCHAR",
            "loudness": "VARCHAR", "key": "VARCHAR", "mode": "VARCHAR", "time_signature": "VARCHAR"
        }')),
        if(is_json_object(body), null, 'the body is no object') as not_object
    from bronze.documents
    where kind = 'audio_features'
)
select
    track_id, provider,
    real_number(d.danceability, 0, 1) as danceability, real_number(d.energy, 0, 1) as energy, real_number(d.valence, 0, 1) as valence,
    real_number(d.acousticness, 0, 1) as acousticness, real_number(d.instrumentalness, 0, 1) as instrumentalness,
    real_number(d.liveness, 0, 1) as liveness, real_number(d.speechiness, 0, 1) as speechiness,
    nullif(real_number(d.tempo, 0, 1000), 0) as tempo, real_number(d.loudness, -1000, 1000) as loudness,
    whole_number(d.key, 0, 11)::integer as key, whole_number(d.mode, 0, 1)::integer as mode,
    whole_number(d.time_signature, 1, 100)::integer as time_signature,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    case when not is_spotify_id(track_id) then 'id "' || track_id || '" is not 22 base-62 characters' else not_object end as fault,
    list_filter([
        unusable('danceability', d.danceability, real_number(d.danceability, 0, 1)),
        unusable('energy', d.energy, real_number(d.energy, 0, 1)),
        unusable('valence', d.valence, real_number(d.valence, 0, 1)),
        unusable('acousticness', d.acousticness, real_number(d.acousticness, 0, 1)),
        unusable('instrumentalness', d.instrumentalness, real_number(d.instrumentalness, 0, 1)),
        unusable('liveness', d.liveness, real_number(d.liveness, 0, 1)),
        unusable('speechiness', d.speechiness, real_number(d.speechiness, 0, 1)),
        unusable('tempo', d.tempo, real_number(d.tempo, 0, 1000)),
        unusable('loudness', d.loudness, real_number(d.loudness, -1000, 1000)),
        unusable('key', d.key, whole_number(d.key, -1, 11)),
        unusable('mode', d.mode, whole_number(d.mode, 0, 1)),
        unusable('time_signature', d.time_signature, whole_number(d.time_signature, 0, 100))
    ], lambda found: found is not null) as faults
from described d
