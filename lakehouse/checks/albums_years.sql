-- Albums are from the years in which sound has been recorded (1860, a phonautogram), or announced for one of the next ten.
-- relation: gold.albums
-- severity: WARN
select album_id, release_year
from gold.albums -- whole
from changed.gold_albums -- incremental
where release_year not between 1860 and year(checked_at()) + 10
    and is_new -- incremental
