-- Popularity 0..100, scores 0..1, key 0..11, mode 0 or 1, durations and numbers not negative.
-- relation: gold.tracks
-- severity: BLOCK
select track_id, popularity, duration_ms, key, mode
from gold.tracks -- whole
from changed.gold_tracks -- incremental
where (popularity not between 0 and 100 or duration_ms < 0 or disc_number < 0 or track_number < 0
    or danceability not between 0 and 1 or energy not between 0 and 1 or valence not between 0 and 1
    or acousticness not between 0 and 1 or instrumentalness not between 0 and 1 or liveness not between 0 and 1
    or speechiness not between 0 and 1 or tempo <= 0 or key not between 0 and 11 or mode not in (0, 1))
    and is_new -- incremental
