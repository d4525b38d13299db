-- silver.track_artists: one row per (track_id, artist_id, source), in the order in which the source names them, from 1.
-- Reads silver.tracks. Several artists per track stay; an artist named twice counts once, at its first place.
with named as (
    select track_id, source, unnest(artists, recursive := true), generate_subscripts(artists, 1) as place
    from silver.tracks
),
first_places as (
    select track_id, source, id as artist_id, coalesce(trim(arg_min(name, place)), '') as artist_name, min(place) as place
    from named
    group by track_id, source, id
)
select track_id, source, artist_id, artist_name,
    row_number() over (partition by track_id, source order by place)::integer as position
from first_places
