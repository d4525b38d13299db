-- silver.name_matches: one row per name that artists were searched for by, and source: what the latest search made of it.
-- Reads bronze.documents. status: MATCHED (artist_id, with a score of 0..1), AMBIGUOUS, UNKNOWN, or UNANSWERED for a reason; a search without an
-- answer takes the place of no answered one. candidates: whom it found, the nearest first.
-- key: name, source
with searches as (
    select
        id as name, source,
        if(said.status in ('MATCHED', 'AMBIGUOUS', 'UNKNOWN'), said.status, 'UNANSWERED') as status,
        said.artist_id as artist_id, in_range(said.score, 0, 1) as score, said.reason as reason, said.candidates as candidates,
        kind, id as document_id, batch_id, run_id, fetched_at, content_hash
    from (
        select *, try(json_transform(body, '{
            "status": "VARCHAR", "artist_id": "VARCHAR", "score": "DOUBLE", "reason": "VARCHAR",
            "candidates": [{"artist_id": "VARCHAR", "name": "VARCHAR", "score": "DOUBLE"}]
        }')) as said
        from bronze.documents
        where kind = 'name_match'
    )
    union all by name select * from stale -- incremental
)
select
    name, source, status, artist_id, score, reason, candidates,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from searches
qualify row_number() over (
    partition by name, source
    order by status = 'UNANSWERED', fetched_at desc, content_hash desc, document_id desc, batch_id desc
) = 1
