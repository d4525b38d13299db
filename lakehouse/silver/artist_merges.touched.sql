-- A name-made artist, now or before, on a track that changed or on one of the same album: there it may have met, or lost, a real one.
with named as (
    select track_id, artist_id from silver.track_artists where is_named_id(artist_id)
    union
    select track_id, artist_id from changed.silver_track_artists where is_named_id(artist_id)
),
beside as (
    select track_id from changed.silver_tracks
    union
    select track_id
    from silver.tracks
    where track_id in (select track_id from named)
        and album_id in (select album_id from changed.silver_tracks where album_id is not null)
)
select artist_id as named_id from named where track_id in (from beside)
