-- A relation lost more rows against the served snapshot than max_loss_percent allows. Not compared: small relations, rejects (fewer are
-- better), and what follows on the sandbox alone (it leaves when real data has landed, however little that is). A wanted loss goes through
-- with `groovelake run TRANSFORM --accept-loss`.
-- relation: *
-- severity: BLOCK
select p.relation, p.rows as rows_before, b.rows as rows_now
from previous.relations p
join built.relations b using (relation)
where p.rows >= 100 and b.rows < p.rows * (1 - max_loss_percent() / 100.0)
    and p.relation <> 'silver.rejects' and not accept_loss()
    and not (
        (select coalesce(bool_and(source = 'sandbox'), false) from previous.served_sources)
        and exists (select 1 from silver.served_sources where source <> 'sandbox')
    )
