-- The share of rows that have a value fell in a column of gold by more than max_coverage_drop: a source may have dropped a field.
-- relation: *
-- severity: WARN
select n.relation, n.column, p.present / p.rows as share_before, n.present / n.rows as share_now
from built.coverage n
join previous.coverage p using (relation, "column")
where p.rows >= 100 and n.rows >= 100 and n.present / n.rows < p.present / p.rows - max_coverage_drop()
