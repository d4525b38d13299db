-- silver.artist_genres: one row per (artist_id, genre, source).
-- Reads silver.artists. An artist without genres has no row here and stays an artist.
-- key: artist_id, genre, source
-- touched only: silver.artists
with listed as (
    select artist_id, unnest(genres) as genre, source
    from silver.artists
    where artist_id in (from touched) -- incremental
)
select distinct artist_id, trim(genre) as genre, source from listed
