-- gold.album_artists: one row per (album_id, artist_id): as the most believed source states them, else the first artists of the
-- album's tracks, the one with most tracks first. Only of albums that are in gold.albums.
-- Reads silver.album_artists, silver.served_sources, silver.artist_merges, gold.albums, gold.tracks, gold.track_artists. position from 1.
-- key: album_id, artist_id
-- refers: album_id to gold.albums
-- refers: artist_id to gold.artists
with ranked as (
    select aa.album_id, aa.artist_id, aa.position, s.rank, min(s.rank) over (partition by aa.album_id) as best
    from silver.album_artists aa
    join silver.served_sources s using (source)
    semi join gold.albums b on b.album_id = aa.album_id
    where aa.album_id in (from touched) -- incremental
),
stated as (
    select r.album_id, coalesce(m.artist_id, r.artist_id) as artist_id, min(r.position) as place
    from ranked r
    left join silver.artist_merges m on m.named_id = r.artist_id
    where r.rank = r.best
    group by all
),
-- Mostly there are none: tracks and their artists are then not read at all.
unstated as (
    select album_id
    from gold.albums
    where album_id not in (select album_id from stated)
        and album_id in (from touched) -- incremental
),
theirs as (
    select track_id, album_id from gold.tracks where album_id in (from unstated)
),
by_tracks as (
    select t.album_id, ta.artist_id, row_number() over (partition by t.album_id order by count(*) desc, ta.artist_id) as place
    from gold.track_artists ta
    join theirs t on t.track_id = ta.track_id
    where ta.position = 1
        -- As a list, of which the engine expects few: it would rather look through the links of all tracks for none. -- incremental
        and ta.track_id in (select unnest(list(track_id)) from theirs) -- incremental
    group by t.album_id, ta.artist_id
)
select album_id, artist_id, row_number() over (partition by album_id order by place)::integer as position
from (from stated union all from by_tracks)
