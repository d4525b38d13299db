-- gold.artist_genres: one row per (artist_id, genre), over all served sources.
-- Reads silver.artist_genres, silver.served_sources.
-- key: artist_id, genre
-- refers: artist_id to gold.artists
select distinct artist_id, genre
from silver.artist_genres g
semi join silver.served_sources using (source)
anti join silver.artist_merges m on m.named_id = g.artist_id
where artist_id in (from touched) -- incremental
