-- silver.rejects: what could not be typed, with the reason and where to find it: one row per landed document that was set aside
-- (field null), and one per field of a kept document whose value could not be used, by its name in the source (silver goes without the value).
-- Reads bronze.documents, staging.*, silver.name_matches. Nothing vanishes: a document is in its relation or here, and so is every value, but
-- for what a track says of its album besides the id: the album's own document says that, and is judged by it.
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
select source, kind, document_id, batch_id, relation, split_part(split_part(reason, ' "', 1), ' is no list', 1), reason from faulty
union all
-- A name that its latest search did not decide: whoever knows which artist is meant crawls it by id.
select source, kind, document_id, batch_id, 'artists', null, 'name "' || name || '" ' || case status
    when 'AMBIGUOUS' then 'is that of several artists'
    when 'UNANSWERED' then 'could not be searched for: ' || coalesce(reason, 'no reason is known')
    else 'is that of no artist'
end || coalesce('; nearest ' || candidates[1].name || ' (' || candidates[1].artist_id || ')', '')
from silver.name_matches
where status <> 'MATCHED'
    and name in (from touched) -- incremental
union all select * from stale where kind <> 'name_match' -- incremental
