-- gold.images: one row per (entity, entity_id, url): every image of an artist, album or playlist, widest first.
-- Reads gold.artists, gold.albums, gold.playlists. is_preferred: the one that image_url shows. width and height in pixels, null when unknown.
-- key: entity, entity_id, url
with listed as (
    select 'artist' as entity, artist_id as entity_id, unnest(images) as image, generate_subscripts(images, 1) as place
    from gold.artists
    where artist_id in (from touched) -- incremental
    union all
    select 'album', album_id, unnest(images), generate_subscripts(images, 1)
    from gold.albums
    where album_id in (from touched) -- incremental
    union all
    select 'playlist', playlist_id, unnest(images), generate_subscripts(images, 1)
    from gold.playlists
    where playlist_id in (from touched) -- incremental
)
select entity, entity_id, image.url as url, place::integer as position, image.width as width, image.height as height, place = 1 as is_preferred
from listed
qualify row_number() over (partition by entity, entity_id, image.url order by place) = 1
