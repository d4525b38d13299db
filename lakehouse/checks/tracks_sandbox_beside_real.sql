-- Synthetic rows do not stand beside real ones, unless the configuration keeps them.
-- relation: gold.tracks
-- severity: BLOCK
select track_id, source
from gold.tracks
where source = 'sandbox' and not keep_sandbox()
    and exists (select 1 from gold.tracks where source <> 'sandbox')
