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
            "danceability": "DOUBLE", "energy": "DOUBLE", "valence": "DOUBLE", "acousticness": "DOUBLE",
            "instrumentalness": "DOUBLE", "liveness": "DOUBLE", "speechiness": "DOUBLE", "tempo": "DOUBLE",
            "loudness": "DOUBLE", "key": "VARCHAR", "mode": "VARCHAR", "time_signature": "VARCHAR"
        }')) as given
    from bronze.documents
    where kind = 'audio_features'
),
-- A number is read as one, half as dear as a text that is then read as a number. What is true or false would be 1 or 0, and is none.
numbers as (
    select *,
        if(given.danceability in (0, 1) and json_type(body, '$.danceability') = 'BOOLEAN', null, given.danceability) as danceability,
        if(given.energy in (0, 1) and json_type(body, '$.energy') = 'BOOLEAN', null, given.energy) as energy,
        if(given.valence in (0, 1) and json_type(body, '$.valence') = 'BOOLEAN', null, given.valence) as valence,
        if(given.acousticness in (0, 1) and json_type(body, '$.acousticness') = 'BOOLEAN', null, given.acousticness) as acousticness,
        if(given.instrumentalness in (0, 1) and json_type(body, '$.instrumentalness') = 'BOOLEAN', null, given.instrumentalness) as instrumentalness,
        if(given.liveness in (0, 1) and json_type(body, '$.liveness') = 'BOOLEAN', null, given.liveness) as liveness,
        if(given.speechiness in (0, 1) and json_type(body, '$.speechiness') = 'BOOLEAN', null, given.speechiness) as speechiness,
        if(given.tempo in (0, 1) and json_type(body, '$.tempo') = 'BOOLEAN', null, given.tempo) as tempo,
        if(given.loudness in (0, 1) and json_type(body, '$.loudness') = 'BOOLEAN', null, given.loudness) as loudness,
        whole_cell(given.key) as key, whole_cell(given.mode) as mode, whole_cell(given.time_signature) as time_signature,
        -- A body that has one of the fields is an object: only the others are looked at again.
        case
            when coalesce(given.danceability, given.energy, given.valence, given.acousticness, given.instrumentalness, given.liveness,
                given.speechiness, given.tempo, given.loudness) is not null then null
            when coalesce(given.key, given.mode, given.time_signature) is not null then null
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
    -- Of nearly all tracks every number can be used or is not there (ReccoBeats has no time_signature), and no list need be made.
    case
        when n.danceability between 0 and 1 and n.energy between 0 and 1 and n.valence between 0 and 1
            and n.acousticness between 0 and 1 and n.instrumentalness between 0 and 1 and n.liveness between 0 and 1
            and n.speechiness between 0 and 1 and n.tempo between 0 and 1000 and n.loudness between -1000 and 1000
            and (given.key is null or n.key between -1 and 11) and (given.mode is null or n.mode between 0 and 1)
            and (given.time_signature is null or n.time_signature between 0 and 100) then []
        else list_filter([
            unusable('danceability', try(json_transform(body, '{"danceability": "VARCHAR"}')).danceability, in_range(n.danceability, 0, 1)),
            unusable('energy', try(json_transform(body, '{"energy": "VARCHAR"}')).energy, in_range(n.energy, 0, 1)),
            unusable('valence', try(json_transform(body, '{"valence": "VARCHAR"}')).valence, in_range(n.valence, 0, 1)),
            unusable('acousticness', try(json_transform(body, '{"acousticness": "VARCHAR"}')).acousticness, in_range(n.acousticness, 0, 1)),
            unusable('instrumentalness', try(json_transform(body, '{"instrumentalness": "VARCHAR"}')).instrumentalness, in_range(n.instrumentalness, 0, 1)),
            unusable('liveness', try(json_transform(body, '{"liveness": "VARCHAR"}')).liveness, in_range(n.liveness, 0, 1)),
            unusable('speechiness', try(json_transform(body, '{"speechiness": "VARCHAR"}')).speechiness, in_range(n.speechiness, 0, 1)),
            unusable('tempo', try(json_transform(body, '{"tempo": "VARCHAR"}')).tempo, in_range(n.tempo, 0, 1000)),
            unusable('loudness', try(json_transform(body, '{"loudness": "VARCHAR"}')).loudness, in_range(n.loudness, -1000, 1000)),
            unusable('key', given.key, in_range(n.key, -1, 11)),
            unusable('mode', given.mode, in_range(n.mode, 0, 1)),
            unusable('time_signature', given.time_signature, in_range(n.time_signature, 0, 100))
        ], lambda found: found is not null)
    end as faults
from numbers n
