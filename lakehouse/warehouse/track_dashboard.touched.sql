-- An album or an artist counts when what the dashboard shows of it is another; the tracks of a new one are touched themselves.
with albums as (
    select album_id
    from (
        select distinct album_id, name, album_type, label, popularity, image_url, external_url, total_tracks, uri, upc, is_compilation,
            preferred_album_id
        from changed.gold_albums
    )
    group by album_id
    having count(*) > 1
),
artists as (
    select artist_id
    from (
        select distinct artist_id, name, popularity, followers, uri, image_url, external_url, streams, monthly_listeners
        from changed.gold_artists
    )
    group by artist_id
    having count(*) > 1
)
select track_id from changed.gold_tracks
union select track_id from changed.gold_track_artists
union select track_id from changed.gold_track_genres
union select track_id from gold.tracks where album_id in (from albums)
union select track_id from gold.track_artists where artist_id in (from artists)
