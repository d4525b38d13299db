-- The tracks counted on an album are those that gold.tracks puts there.
-- relation: gold.albums
-- severity: BLOCK
with looked_at as (
    select album_id, track_count
    from gold.albums
    where album_id in (select album_id from changed.gold_albums union select album_id from changed.gold_tracks) -- incremental
),
found as (
    select album_id, count(*) as tracks
    from gold.tracks
    where album_id in (select album_id from looked_at) -- incremental
    group by album_id
)
select album_id, track_count, coalesce(tracks, 0) as tracks
from looked_at
left join found using (album_id)
where track_count <> coalesce(tracks, 0)
