-- gold.artist_genres: one row per (artist_id, genre), over all served sources.
-- Reads silver.artist_genres, silver.served_sources.
select distinct artist_id, genre
from silver.artist_genres
semi join silver.served_sources using (source)
