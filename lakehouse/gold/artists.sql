-- gold.artists: one row per artist_id, each field from the most believed source that has it. Artists without genres stay; those
-- that are only mentioned on tracks or albums are here with their name, as long as a source is believed that mentions them there.
-- is_various: the entry stands for "several artists".
-- Reads gold.artist_names, silver.artists, silver.rankings, silver.served_sources, silver.artist_merges, gold.track_artists,
-- gold.album_artists.
-- key: artist_id
with merged as (
    select
        artist_id,
        first_known(uri, rank) as uri,
        first_known(popularity, rank) as popularity,
        first_known(followers, rank) as followers,
        first_known(external_url, rank) as external_url,
        coalesce(first_known(if(len(images) > 0, images, null), rank), []) as images
    from (select *, source_rank(source) as rank from silver.artists)
    semi join silver.served_sources using (source)
    where artist_id in (from touched) -- incremental
    group by artist_id
),
ranked as (
    select artist_id, arg_max(streams, said_at) as streams, arg_max(monthly_listeners, said_at) as monthly_listeners
    from (
        -- A page that tells no day speaks of the day on which it was fetched: a null here would pass for later than any day.
        select *, (coalesce(updated_on, fetched_at::date), fetched_at, list, source) as said_at from silver.rankings
    )
    semi join silver.served_sources using (source)
    where artist_id in (from touched) -- incremental
    group by artist_id
),
on_tracks as (
    select artist_id, count(*)::integer as track_count
    from gold.track_artists
    where artist_id in (from touched) -- incremental
    group by artist_id
),
on_albums as (
    select artist_id, count(*)::integer as album_count
    from gold.album_artists
    where artist_id in (from touched) -- incremental
    group by artist_id
)
select
    n.artist_id, n.name, name_key(n.name) as name_key, m.uri, m.popularity, m.followers, r.monthly_listeners, r.streams,
    m.external_url, m.images[1].url as image_url, coalesce(m.images, []) as images,
    coalesce(t.track_count, 0)::integer as track_count, coalesce(b.album_count, 0)::integer as album_count, n.source,
    is_various_artists(n.artist_id, n.name) as is_various
from gold.artist_names n
left join merged m using (artist_id)
left join ranked r using (artist_id)
left join on_tracks t using (artist_id)
left join on_albums b using (artist_id)
where (
    t.artist_id is not null or b.artist_id is not null or m.artist_id is not null or r.artist_id is not null
    or n.artist_id in (select artist_id from silver.artist_merges)
)
    and n.artist_id in (from touched) -- incremental
