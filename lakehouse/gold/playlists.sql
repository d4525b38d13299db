-- gold.playlists: one row per playlist_id. track_count counts each track of gold once, whatever it is listed under. The name is that of the most
-- believed source: of its document, else of the last row of its latest file.
-- Reads silver.playlists, silver.playlist_tracks, silver.served_sources, gold.playlist_tracks.
-- key: playlist_id
with described as (
    select
        playlist_id,
        first_known(nullif(name, ''), rank) as name,
        first_known(description, rank) as description,
        first_known(owner_name, rank) as owner_name,
        first_known(followers, rank) as followers,
        first_known(external_url, rank) as external_url,
        coalesce(first_known(if(len(images) > 0, images, null), rank), []) as images,
        coalesce(first_known(if(name <> '', source, null), rank), first_known(source, rank)) as source
    from (select *, source_rank(source) as rank from silver.playlists)
    semi join silver.served_sources using (source)
    where playlist_id in (from touched) -- incremental
    group by playlist_id
),
listed as (
    select playlist_id, arg_max(nullif(playlist_name, ''), (-source_rank(source), fetched_at, last_row, content_hash)) as name,
        coalesce(first_known(if(playlist_name <> '', source, null), source_rank(source)), first_known(source, source_rank(source))) as source
    from silver.playlist_tracks
    semi join silver.served_sources using (source)
    where playlist_id in (from touched) -- incremental
    group by playlist_id
),
counted as (
    select playlist_id, count(distinct track_id)::integer as track_count
    from gold.playlist_tracks
    where playlist_id in (from touched) -- incremental
    group by playlist_id
)
select
    playlist_id, coalesce(d.name, l.name, '') as name, coalesce(c.track_count, 0)::integer as track_count,
    if(d.name is null and l.name is not null, l.source, coalesce(d.source, l.source)) as source, d.description, d.owner_name, d.followers, d.external_url, coalesce(d.images, []) as images
from listed l
full join described d using (playlist_id)
left join counted c using (playlist_id)
