-- gold.albums: one row per album_id, each field from the most believed source that has it.
-- Reads silver.albums, silver.served_sources, silver.tracks. An album that only a track names is here with what is known.
with known as (
    select a.* from silver.albums a semi join silver.served_sources using (source)
),
merged as (
    select
        album_id,
        coalesce(first_known(nullif(name, ''), source), '') as name,
        first_known(uri, source) as uri,
        first_known(album_type, source) as album_type,
        first_known(release_date, source) as release_date,
        first_known(label, source) as label,
        first_known(popularity, source) as popularity,
        first_known(total_tracks, source) as total_tracks,
        first_known(upc, source) as upc,
        first_known(external_url, source) as external_url,
        coalesce(first_known(if(len(images) > 0, images, null), source), []) as images,
        first_known(source, source) as source
    from known
    group by album_id
),
mentioned as (
    select t.album_id, first_known(t.source, t.source) as source
    from silver.tracks t
    semi join silver.served_sources using (source)
    anti join merged using (album_id)
    where t.album_id is not null
    group by t.album_id
),
counted as (
    select album_id, count(distinct track_id)::integer as track_count
    from silver.tracks
    semi join silver.served_sources using (source)
    where album_id is not null
    group by album_id
),
everything as (
    from merged union all by name select album_id, '' as name, [] as images, source from mentioned
)
select
    album_id, name, name_key(name) as name_key, uri, album_type,
    release_date, date_precision(release_date) as release_date_precision, try_cast(release_date[1:4] as integer) as release_year,
    label, popularity, total_tracks, upc, external_url,
    images[1].url as image_url, images, coalesce(track_count, 0)::integer as track_count, source
from everything
left join counted using (album_id)
