-- Popularity 0..100, counts not negative, years between the first record and the next decade, known types.
-- relation: gold.albums
-- severity: BLOCK
select album_id, popularity, total_tracks, release_year, album_type
from gold.albums -- whole
from changed.gold_albums -- incremental
where (popularity not between 0 and 100 or total_tracks < 0 or track_count < 0 or release_year not between 1000 and 9999
    or album_type not in ('album', 'single', 'compilation'))
    and is_new -- incremental
