-- silver.album_artists: one row per (album_id, artist_id, source), in the order in which the source names them, from 1.
-- Reads silver.albums. Sources that state no artists of an album have no row here; gold falls back on its tracks.
-- key: album_id, artist_id, source
with named as (
    select album_id, source, unnest(artists, recursive := true), generate_subscripts(artists, 1) as place
    from silver.albums
    where album_id in (from touched) -- incremental
),
first_places as (
    select album_id, source, id as artist_id, name, place
    from named
    qualify place = min(place) over (partition by album_id, source, id)
)
select album_id, source, artist_id, coalesce(trim(name), '') as artist_name,
    row_number() over (partition by album_id, source order by place)::integer as position
from first_places
