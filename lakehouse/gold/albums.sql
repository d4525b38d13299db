-- gold.albums: one row per album_id, each field from the most believed source that has it.
-- Reads silver.albums, silver.served_sources, silver.tracks, silver.album_artists. An album that only a track names is here with what is
-- known, as long as a track is on it: one that is answered on it may belong to the album that lists it, or have moved. One that is known by
-- its name only is left out too where each of its tracks is on a real album (the provenance of both stays).
-- track_count: tracks of gold.tracks that are on it. is_compilation: so the source says, or it credits the album to Various Artists;
-- artists of its tracks alone say nothing. Market twins (same UPC, or EAN where no UPC is stated) share a preferred_album_id: the most
-- popular, then the one with most tracks, then the smallest id; an album without twins is its own.
-- key: album_id
-- refers: preferred_album_id to gold.albums (album_id)
with known as (
    select a.*, source_rank(a.source) as rank
    from silver.albums a
    semi join silver.served_sources using (source)
    where a.album_id in (from touched) -- incremental
),
shared as (
    select album_id from known group by album_id having count(*) > 1
),
fields as (
    select
        album_id, name, uri, album_type, release_date, label, popularity, total_tracks, upc, ean, amgid, market_set_id, external_url,
        images, copyrights, source, kind <> 'album' as is_only_mentioned
    from known
    anti join shared using (album_id)
    union all
    select
        album_id,
        coalesce(first_known(nullif(name, ''), rank), '') as name,
        first_known(uri, rank) as uri,
        first_known(album_type, rank) as album_type,
        first_known(release_date, rank) as release_date,
        first_known(label, rank) as label,
        first_known(popularity, rank) as popularity,
        first_known(total_tracks, rank) as total_tracks,
        first_known(upc, rank) as upc,
        first_known(ean, rank) as ean,
        first_known(amgid, rank) as amgid,
        first_known(market_set_id, rank) as market_set_id,
        first_known(external_url, rank) as external_url,
        coalesce(first_known(if(len(images) > 0, images, null), rank), []) as images,
        coalesce(first_known(if(len(copyrights) > 0, copyrights, null), rank), []) as copyrights,
        coalesce(first_known(if(name <> '', source, null), rank), first_known(source, rank)) as source,
        bool_and(kind <> 'album') as is_only_mentioned
    from known
    semi join shared using (album_id)
    group by album_id
),
-- Tracks that are on an album: of touched ones few, read once.
listed as not materialized ( -- whole
listed as materialized ( -- incremental
    select track_id, album_id, source
    from silver.tracks
    where album_id is not null
        and album_id in (from touched) -- incremental
),
on_tracks as (
    select album_id, source, count(*)::integer as track_count
    from listed
    semi join silver.served_sources using (source)
    group by album_id, source
),
mentioned as (
    select album_id, first_known(source, source_rank(source)) as source
    from on_tracks
    anti join known using (album_id)
    group by album_id
),
-- Where there is but one source of tracks these are none, and the engine sees after its first rows that nothing comes of a join with them.
several as (
    select source from silver.served_sources where (select min(source) < max(source) from silver.tracks)
),
-- Tracks that sources put on several albums, with the one that gold.tracks takes.
disputed as (
    select track_id, first_known(album_id, id_rank(album_id, source_rank(source))) as album_id
    from silver.tracks
    semi join several using (source)
    where track_id in (
        select track_id
        from silver.tracks
        semi join several using (source)
        where album_id is not null
            and track_id in (select track_id from listed) -- incremental
        group by track_id
        having min(hash(album_id)) < max(hash(album_id))
    )
    group by track_id
),
-- Where several sources name tracks of an album, one may be named twice; and one that is disputed counts once.
recounted as (
    select album_id from on_tracks group by album_id having count(*) > 1
    union
    select album_id from listed where track_id in (select track_id from disputed)
),
counted as (
    select album_id, track_count from on_tracks anti join recounted using (album_id)
    union all
    select t.album_id, count(distinct t.track_id)::integer
    from listed t
    semi join silver.served_sources using (source)
    semi join recounted using (album_id)
    anti join disputed d on d.track_id = t.track_id and d.album_id <> t.album_id
    group by t.album_id
),
various as (
    select distinct album_id
    from silver.album_artists
    semi join silver.served_sources using (source)
    where is_various_artists(artist_id, artist_name)
        and album_id in (from touched) -- incremental
),
everything as (
    from fields union all by name select album_id, '' as name, [] as images, [] as copyrights, source, true as is_only_mentioned from mentioned
),
identified as (
    select *, upc_key(coalesce(upc, ean)) as twin_key from everything
),
-- Most albums have no twin; only the others are compared, found by numbers, which are counted quicker than codes.
shared_keys as (
    select hash(twin_key) as code from identified where twin_key is not null group by code having count(*) > 1
),
twins as (
    select album_id,
        first_value(album_id) over (
            partition by twin_key order by popularity desc nulls last, total_tracks desc nulls last, album_id
        ) as preferred_album_id
    from identified
    where twin_key is not null and hash(twin_key) in (from shared_keys)
)
select
    e.album_id, e.name, name_key(e.name) as name_key, e.uri, e.album_type,
    e.release_date, date_precision(e.release_date) as release_date_precision, try_cast(e.release_date[1:4] as integer) as release_year,
    e.label, e.popularity, e.total_tracks, coalesce(e.upc, e.ean) as upc, e.external_url,
    e.images[1].url as image_url, e.images, coalesce(c.track_count, 0)::integer as track_count, e.source,
    e.ean, e.amgid, e.market_set_id, e.copyrights,
    coalesce(e.album_type = 'compilation', false) or v.album_id is not null as is_compilation,
    coalesce(w.preferred_album_id, e.album_id) as preferred_album_id
from identified e
left join counted c using (album_id)
left join various v using (album_id)
left join twins w using (album_id)
where not (e.is_only_mentioned or is_named_id(e.album_id)) or c.track_count > 0
