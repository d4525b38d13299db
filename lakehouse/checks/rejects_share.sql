-- More than one landed row in ten was set aside.
-- relation: silver.rejects
-- severity: WARN
select count(*) as rejected, (select count(*) from silver.tracks) as tracks
from silver.rejects
having count(*) > 0.1 * ((select count(*) from silver.tracks) + count(*))
