-- An album or an artist counts when what its tracks show of it is another; those of a new one are touched themselves.
with albums as (
    select album_id from changed.gold_albums group by album_id having count(distinct (name, release_date)) > 1
),
names as (
    select artist_id from changed.gold_artist_names group by artist_id having count(distinct name) > 1
),
described as (
    select track_id from changed.silver_tracks
    union select track_id from changed.gold_track_artists
    union select track_id from changed.gold_audio_features_by_provider where is_resolved
    union select track_id from silver.tracks where album_id in (from albums)
    union select track_id from gold.track_artists where position = 1 and artist_id in (from names)
),
-- Recordings are groups of tracks: whoever shares the ISRC, or the name, of one that changed is looked at again. Of the new ones everything
-- has come along.
known as (
    select track_id from described where track_id not in (from new_tracks)
),
versions as (
    select isrc, name_key(name) as name_key from changed.silver_tracks
    union
    select isrc, name_key(name) from silver.tracks where track_id in (from known)
    union
    select isrc, name_key from before.gold_tracks where track_id in (from known)
)
select track_id from described
union
select track_id from before.gold_tracks where isrc in (select isrc from versions where isrc is not null)
union
select track_id from before.gold_tracks where isrc is null and name_key <> '' and name_key in (select name_key from versions)
