-- silver.artist_merges: one row per name-made artist that is a real one: same name, and a track or an album in common.
-- Reads silver.track_artists, silver.tracks, silver.served_sources. Ambiguous names (two real artists fit) are not merged.
-- key: named_id
with named as (
    select ta.track_id, t.album_id, ta.artist_id, name_key(ta.artist_name) as name_key
    from silver.track_artists ta
    semi join silver.served_sources s on s.source = ta.source
    join silver.tracks t on t.track_id = ta.track_id and t.source = ta.source
    where is_named_id(ta.artist_id)
        and ta.artist_id in (from touched) -- incremental
),
-- Only where a name-made artist is: nothing is read of the rest.
beside as (
    select track_id, album_id, source from silver.tracks where track_id in (select track_id from named)
    union all
    select track_id, album_id, source
    from silver.tracks
    where album_id in (select album_id from named where album_id is not null) and track_id not in (select track_id from named)
),
real as (
    select b.track_id, b.album_id, ta.artist_id, name_key(ta.artist_name) as name_key
    from silver.track_artists ta
    join beside b using (track_id, source)
    semi join silver.served_sources s on s.source = b.source
    where not is_named_id(ta.artist_id)
),
meetings as (
    select distinct named.artist_id as named_id, real.artist_id
    from named
    join real on real.track_id = named.track_id and real.name_key = named.name_key
    union
    select distinct named.artist_id, real.artist_id
    from named
    join real on real.album_id = named.album_id and real.name_key = named.name_key
)
select named_id, min(artist_id) as artist_id
from meetings
group by named_id
having count(distinct artist_id) = 1
