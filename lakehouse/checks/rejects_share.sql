-- Of the documents of one kind that landed from a source more than one in ten was set aside, or more values than documents cannot be used.
-- Each version counts, in both: a document that landed in two batches is two. A name that nobody could decide is no document set aside.
-- relation: silver.rejects
-- severity: WARN
with landed as (
    select source, if(kind = 'malformed_row', 'dataset_row', kind) as of_kind, sum(documents) as documents
    from built.documents
    group by all
),
rejected as (
    select source, if(kind = 'malformed_row', 'dataset_row', kind) as of_kind,
        count(distinct (batch_id, document_id)) filter (where field is null) as set_aside,
        count(*) filter (where field is not null) as fields
    from silver.rejects
    where kind <> 'name_match'
    group by all
)
select source, of_kind as kind, documents, set_aside, fields
from rejected
join landed using (source, of_kind)
where set_aside > 0.1 * documents or fields > documents
