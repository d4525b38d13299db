-- The invented sandbox does not take the place of real data that is taken back, however little that was. Where that is wanted it goes through
-- with `groovelake run TRANSFORM --accept-loss`; who keeps the sandbox has it served anyway, and who keeps it no longer has had it before.
-- relation: silver.served_sources
-- severity: BLOCK
select source
from silver.served_sources
where source = 'sandbox' and not keep_sandbox() and not accept_loss()
    and exists (select 1 from previous.served_sources where source <> 'sandbox')
    and not exists (select 1 from previous.served_sources where source = 'sandbox')
