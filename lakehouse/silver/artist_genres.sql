-- silver.artist_genres: one row per (artist_id, genre, source).
-- Reads silver.artists. An artist without genres has no row here and stays an artist.
select distinct artist_id, trim(unnest(genres)) as genre, source
from silver.artists
