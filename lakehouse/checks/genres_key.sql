-- Key unique and not null.
-- relation: gold.genres
-- severity: BLOCK
select name, count(*) as rows
from gold.genres
group by name
having count(*) > 1 or name is null
