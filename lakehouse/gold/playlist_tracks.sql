-- gold.playlist_tracks: one row per (playlist_id, track_id, genre, subgenre); position from 1 by first appearance of the track.
-- Reads silver.playlist_tracks, silver.served_sources, gold.tracks. A place whose track nobody described stays in silver.
-- key: playlist_id, track_id, genre, subgenre
-- nullable: genre, subgenre
-- refers: playlist_id to gold.playlists
-- refers: track_id to gold.tracks
with places as (
    select playlist_id, track_id, genre, subgenre, min(first_row) as first_row
    from silver.playlist_tracks
    semi join silver.served_sources using (source)
    semi join gold.tracks using (track_id)
    where playlist_id in (from touched) -- incremental
    group by all
),
first_places as (
    select *, min(first_row) over (partition by playlist_id, track_id) as track_row from places
)
select playlist_id, track_id, dense_rank() over (partition by playlist_id order by track_row, track_id)::integer as position, genre, subgenre
from first_places
