-- staging.audio_features: one row per landed audio-features document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. Null where the provider found nothing (key -1, tempo 0, time_signature 0) and where it says nonsense, which
-- faults then tells. fault: why the document is set aside.
-- columns: track_id VARCHAR, provider VARCHAR, danceability DOUBLE, energy DOUBLE, valence DOUBLE, acousticness DOUBLE
-- columns: instrumentalness DOUBLE, liveness DOUBLE, speechiness DOUBLE, tempo DOUBLE, loudness DOUBLE, key INTEGER, mode INTEGER
-- columns: time_signature INTEGER, kind VARCHAR, document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE
-- columns: content_hash VARCHAR, fault VARCHAR, faults VARCHAR[]
with described as (
    select source as provider, id as track_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash, body,
        try(json_transform(body, '{
            "danceability": "VARCHAR", "energy": "VARCHAR", "valence": "VARCHAR", "acousticness": "VARCHAR",
            "instrumentalness": "VARCHAR", "liveness": "VARCHAR", "speechiness": "VARCHAR", "tempo": "VARCHAR",
            "loudness": "VARCHAR", "key": "VARCHAR", "mode": "VARCHAR", "time_signature": "VARCHAR"
        }')) as given
    from bronze.documents
    where kind = 'audio_features'
),
-- Each text is read as a number once.
numbers as (
    select * exclude (body),
        try_cast(given.danceability as double) as danceability, try_cast(given.energy as double) as energy,
        try_cast(given.valence as double) as valence, try_cast(given.acousticness as double) as acousticness,
        try_cast(given.instrumentalness as double) as instrumentalness, try_cast(given.liveness as double) as liveness,
        try_cast(given.speechiness as double) as speechiness, try_cast(given.tempo as double) as tempo,
        try_cast(given.loudness as double) as loudness, try_cast(given.key as bigint) as key,
        try_cast(given.mode as bigint) as mode, try_cast(given.time_signature as bigint) as time_signature,
        -- A body that has one of the fields is an object: only the others are looked at again.
        case
            when coalesce(given.danceability, given.energy, given.valence, given.acousticness, given.instrumentalness, given.liveness,
                given.speechiness, given.tempo, given.loudness, given.key, given.mode, given.time_signature) is not null then null
            when not is_json_object(body) then 'the body is no object'
        end as not_object
    from described
)
select
    track_id, provider,
    in_range(n.danceability, 0, 1) as danceability, in_range(n.energy, 0, 1) as energy, in_range(n.valence, 0, 1) as valence,
    in_range(n.acousticness, 0, 1) as acousticness, in_range(n.instrumentalness, 0, 1) as instrumentalness,
    in_range(n.liveness, 0, 1) as liveness, in_range(n.speechiness, 0, 1) as speechiness,
    nullif(in_range(n.tempo, 0, 1000), 0) as tempo, in_range(n.loudness, -1000, 1000) as loudness,
    in_range(n.key, 0, 11)::integer as key, in_range(n.mode, 0, 1)::integer as mode,
    in_range(n.time_signature, 1, 100)::integer as time_signature,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    case when not is_spotify_id(track_id) then 'id "' || track_id || '" is not 22 base-62 characters' else not_object end as fault,
    -- Of nearly all tracks every number can be used, and no list need be made.
    case
        when n.danceability between 0 and 1 and n.energy between 0 and 1 and n.valence between 0 and 1
            and n.acousticness between 0 and 1 and n.instrumentalness between 0 and 1 and n.liveness between 0 and 1
            and n.speechiness between 0 and 1 and n.tempo between 0 and 1000 and n.loudness between -1000 and 1000
            and n.key between -1 and 11 and n.mode between 0 and 1 and n.time_signature between 0 and 100 then []
        else list_filter([
            unusable('danceability', given.danceability, in_range(n.danceability, 0, 1)),
            unusable('energy', given.energy, in_range(n.energy, 0, 1)),
            unusable('valence', given.valence, in_range(n.valence, 0, 1)),
            unusable('acousticness', given.acousticness, in_range(n.acousticness, 0, 1)),
            unusable('instrumentalness', given.instrumentalness, in_range(n.instrumentalness, 0, 1)),
            unusable('liveness', given.liveness, in_range(n.liveness, 0, 1)),
            unusable('speechiness', given.speechiness, in_range(n.speechiness, 0, 1)),
            unusable('tempo', given.tempo, in_range(n.tempo, 0, 1000)),
            unusable('loudness', given.loudness, in_range(n.loudness, -1000, 1000)),
            unusable('key', given.key, in_range(n.key, -1, 11)),
            unusable('mode', given.mode, in_range(n.mode, 0, 1)),
            unusable('time_signature', given.time_signature, in_range(n.time_signature, 0, 100))
        ], lambda found: found is not null)
    end as faults
from numbers n
