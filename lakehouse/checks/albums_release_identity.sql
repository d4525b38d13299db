-- Year and precision of an album are those of its date.
-- relation: gold.albums
-- severity: BLOCK
select album_id, release_date, release_date_precision, release_year
from gold.albums -- whole
from changed.gold_albums -- incremental
where (release_year::varchar is distinct from release_date[1:4] or release_date_precision is distinct from date_precision(release_date))
    and is_new -- incremental
