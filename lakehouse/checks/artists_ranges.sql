-- Popularity 0..100, counts not negative.
-- relation: gold.artists
-- severity: BLOCK
select artist_id, popularity, followers, monthly_listeners, streams, track_count, album_count
from gold.artists
where popularity not between 0 and 100 or followers < 0 or monthly_listeners < 0 or streams < 0 or track_count < 0 or album_count < 0
