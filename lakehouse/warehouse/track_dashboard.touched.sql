with albums as (
    select album_id
    from (
        select distinct album_id, name, album_type, label, popularity, image_url, external_url, total_tracks, uri, upc, is_compilation,
            preferred_album_id, max(is_new::integer) over (partition by album_id) + min(is_new::integer) over (partition by album_id) as sides
        from changed.gold_albums
    )
    group by album_id
    having count(*) > 1 or any_value(sides) <> 1
),
-- Of an artist who is not the first, a track shows the name.
artists as (
    select artist_id
    from (
        select distinct artist_id, name, popularity, followers, uri, image_url, external_url, streams, monthly_listeners,
            max(is_new::integer) over (partition by artist_id) + min(is_new::integer) over (partition by artist_id) as sides
        from changed.gold_artists
    )
    group by artist_id
    having count(*) > 1 or any_value(sides) <> 1
)
select track_id from changed.gold_tracks
union select track_id from changed.gold_track_artists
union select track_id from changed.gold_track_genres
union select track_id from gold.tracks where album_id in (from albums)
union select track_id from gold.track_artists where artist_id in (from artists)
