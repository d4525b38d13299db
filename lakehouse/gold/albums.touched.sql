with named as (
    select album_id from changed.silver_albums
    union select album_id from changed.silver_tracks where album_id is not null
    union select album_id from changed.silver_album_artists
    -- What one source says of a track may take it from the album on which another one puts it.
    union
    select album_id
    from silver.tracks
    where album_id is not null
        and track_id in (select track_id from changed.silver_tracks where track_id not in (from new_tracks))
),
-- Twins share a preferred album: whoever gains or loses one is touched too.
codes as (
    select upc_key(code) as twin_key
    from (
        select unnest([upc, ean]) as code from silver.albums where album_id in (from named)
        union all
        select unnest([upc, ean]) from before.gold_albums where album_id in (from named)
    )
)
select album_id from named
union
select album_id from before.gold_albums where upc_key(upc) in (select twin_key from codes where twin_key is not null)
