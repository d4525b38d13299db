-- gold.album_copyrights: one row per (album_id, position): the copyright lines of an album as its source states them, from 1.
-- Reads gold.albums. type: C (copyright) or P (sound recording).
-- key: album_id, position
-- refers: album_id to gold.albums
with listed as (
    select album_id, unnest(copyrights) as line, generate_subscripts(copyrights, 1)::integer as position
    from gold.albums -- whole
    from changed.gold_albums where is_new and album_id in (from touched) -- incremental
)
select album_id, position, line.type as type, line.text as text
from listed
