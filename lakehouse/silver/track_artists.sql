-- silver.track_artists: one row per (track_id, artist_id, source), in the order in which the source names them, from 1.
-- Reads silver.tracks. Several artists per track stay; an artist named twice counts once, at its first place.
-- key: track_id, artist_id, source
-- touched only: silver.tracks
with named as (
    select track_id, source, unnest(artists, recursive := true), generate_subscripts(artists, 1) as place
    from silver.tracks
    where track_id in (from touched) -- incremental
),
first_places as (
    select track_id, source, id as artist_id, name, place
    from named
    qualify place = min(place) over (partition by track_id, source, id)
)
select track_id, source, artist_id, coalesce(trim(name), '') as artist_name,
    row_number() over (partition by track_id, source order by place)::integer as position
from first_places
