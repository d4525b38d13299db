-- silver.album_artists: one row per (album_id, artist_id, source), in the order in which the source names them, from 1.
-- Reads silver.albums. Sources that state no artists of an album have no row here; gold falls back on its tracks.
-- key: album_id, artist_id, source
-- touched only: silver.albums
with named as (
    select album_id, source, first_places(artists) as artists
    from silver.albums
    where album_id in (from touched) -- incremental
),
placed as (
    select album_id, source, unnest(artists) as artist, generate_subscripts(artists, 1)::integer as position from named
)
select album_id, source, artist.id as artist_id, coalesce(trim(artist.name), '') as artist_name, position
from placed
