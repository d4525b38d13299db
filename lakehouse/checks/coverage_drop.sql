-- The share of rows that have a value is less in a column of gold than it was, by more than max_coverage_drop: a source may have dropped a
-- field, at once or bit by bit. It was: in the served snapshot, or in that of the last GROOVELAKE_COVERAGE_DAYS where it was best (columns of
-- few rows are in neither: src/pipeline/build/best-coverage.ts).
-- relation: *
-- severity: WARN
select n.relation, n.column, b.present / b.rows as share_before, n.present / n.rows as share_now, b.snapshot as snapshot_before
from built.coverage n
join previous.better_coverage b using (relation, "column")
where n.present / n.rows < b.present / b.rows - max_coverage_drop()
