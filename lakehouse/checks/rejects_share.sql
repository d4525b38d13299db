-- More than one landed document in ten was set aside, or more fields than documents.
-- relation: silver.rejects
-- severity: WARN
select documents, fields, tracks
from (
    select count(*) filter (where field is null) as documents, count(*) filter (where field is not null) as fields,
        (select count(*) from silver.tracks) as tracks
    from silver.rejects
)
where documents > 0.1 * (tracks + documents) or fields > tracks + documents
