-- silver.track_artists: one row per (track_id, artist_id, source), in the order in which the source names them, from 1.
-- Reads silver.tracks. Several artists per track stay; an artist named twice counts once, at its first place.
-- key: track_id, artist_id, source
-- touched only: silver.tracks
with named as (
    select track_id, source, first_places(artists) as artists
    from silver.tracks
    where track_id in (from touched) -- incremental
),
placed as (
    select track_id, source, unnest(artists) as artist, generate_subscripts(artists, 1)::integer as position from named
)
select track_id, source, artist.id as artist_id, coalesce(trimmed(artist.name), '') as artist_name, position
from placed
