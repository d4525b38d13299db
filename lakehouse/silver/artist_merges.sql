-- silver.artist_merges: one row per name-made artist that is a real one: same name, and a track or an album in common.
-- Reads silver.track_artists, silver.tracks, silver.served_sources. Ambiguous names (two real artists fit) are not merged.
with mentions as (
    select ta.track_id, t.album_id, ta.artist_id, name_key(ta.artist_name) as name_key,
        is_named_id(ta.artist_id) as is_named
    from silver.track_artists ta
    join silver.tracks t using (track_id, source)
    semi join silver.served_sources using (source)
),
meetings as (
    select distinct named.artist_id as named_id, real.artist_id
    from mentions named
    join mentions real on real.track_id = named.track_id and real.name_key = named.name_key
    where named.is_named and not real.is_named
    union
    select distinct named.artist_id, real.artist_id
    from mentions named
    join mentions real on real.album_id = named.album_id and real.name_key = named.name_key
    where named.is_named and not real.is_named
)
select named_id, min(artist_id) as artist_id
from meetings
group by named_id
having count(distinct artist_id) = 1
