-- gold.genres: one row per genre, with how many artists and tracks have it.
-- Reads gold.artist_genres, gold.track_genres.
-- key: name
with artists as (
    select genre, count(*) as n from gold.artist_genres group by genre
),
tracks as (
    select genre, count(*) as n from gold.track_genres group by genre
)
select coalesce(a.genre, t.genre) as name, coalesce(a.n, 0)::integer as artist_count, coalesce(t.n, 0)::integer as track_count
from artists a
full join tracks t on t.genre = a.genre
