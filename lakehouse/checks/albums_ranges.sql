-- Popularity 0..100, counts not negative, known types.
-- relation: gold.albums
-- severity: BLOCK
select album_id, popularity, total_tracks, track_count, album_type
from gold.albums -- whole
from changed.gold_albums -- incremental
where (popularity not between 0 and 100 or total_tracks < 0 or track_count < 0
    or album_type not in ('album', 'single', 'compilation'))
    and is_new -- incremental
