-- silver.rejects: what could not be typed, with the reason and where to find it: one row per landed document that was set aside
-- (field null), and one per field of a kept document whose value could not be used (the field is null in silver).
-- Reads bronze.documents, staging.*. Nothing vanishes: a document is in its relation or here, and so is every value.
-- grows: rows of new batches are added, none is superseded
with documents as (
    select source, kind, document_id, batch_id, 'artists' as relation, fault, faults from staging.artists
    union all select source, kind, document_id, batch_id, 'albums', fault, faults from staging.albums
    union all select source, kind, document_id, batch_id, 'tracks', fault, faults from staging.tracks
    union all select provider, kind, document_id, batch_id, 'audio_features', fault, faults from staging.audio_features
    union all select source, kind, document_id, batch_id, 'rankings', fault, faults from staging.rankings
    union all select source, kind, document_id, batch_id, 'playlists', fault, faults from staging.playlists
    union all select source, 'dataset_row', document_id, batch_id, 'dataset_tracks', reject_reason, faults from staging.dataset_tracks
),
faulty as (
    select source, kind, document_id, batch_id, relation, unnest(faults) as reason from documents where fault is null and len(faults) > 0
)
select source, 'malformed_row' as kind, id as document_id, batch_id, 'dataset_tracks' as relation, null::varchar as field,
    coalesce(if(json_valid(body), body, '{}') ->> '$.reason', 'malformed row') as reason
from bronze.documents
where kind = 'malformed_row'
union all
select source, kind, document_id, batch_id, relation, null, fault from documents where fault is not null
union all
select source, kind, document_id, batch_id, relation, split_part(reason, ' ', 1), reason from faulty
union all
-- A name that a search did not decide: whoever knows which artist is meant crawls it by id. It stays as its batch found it, when a later
-- search decides it too.
select source, kind, id, batch_id, 'artists', null, 'name "' || id || '" ' || case body ->> '$.status'
    when 'AMBIGUOUS' then 'is that of several artists'
    when 'UNANSWERED' then 'could not be searched for: ' || coalesce(body ->> '$.reason', 'no reason is known')
    else 'is that of no artist'
end || coalesce('; nearest ' || (body ->> '$.candidates[0].name') || ' (' || (body ->> '$.candidates[0].artist_id') || ')', '')
from bronze.documents
where kind = 'name_match' and (if(json_valid(body), body, '{}') ->> '$.status') <> 'MATCHED'
