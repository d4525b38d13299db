-- silver.tracks: one row per track and source; the latest version wins.
-- Reads staging.tracks, staging.dataset_tracks, staging.albums, and of new batches silver.albums. The id is the one asked for: a re-linked answer
-- keeps its own in relinked_id, and where it stands in answered. Its album, disc and number are those of the album whose document lists the id
-- asked for, where one does.
-- duration_ms in milliseconds, popularity 0..100, disc and track number from 1. markets: a name in silver.market_sets.
-- key: track_id, source
with versions as not materialized (
    select * exclude (fault, faults, markets, album), market_set_id(markets) as market_set_id,
        if(relinked_id is null, null, {album_id: album_id, disc_number: disc_number, track_number: track_number}) as answered
    from staging.tracks
    where fault is null
    union all by name
    select
        source, track_id, batch_id, run_id, fetched_at, content_hash, document_id, 'dataset_row' as kind,
        name, album_id, duration_ms, is_explicit, popularity, disc_number, track_number, release_date, artists
    from staging.dataset_tracks
    where reject_reason is null
    union all by name select * from stale -- incremental
),
-- Most keys have one version; only the others are compared, since whole rows are heavy. For the same reason all versions are read where
-- they are needed, keys alone here: kept for three readers they took 400 MB more for 1.2 million tracks, and more time.
contested as (
    select track_id, source from versions group by all having count(*) > 1
),
latest as (
    select * from versions anti join contested using (track_id, source)
    union all
    select * from versions semi join contested using (track_id, source)
    qualify row_number() over (partition by track_id, source order by fetched_at desc, row_place(document_id) desc, content_hash desc, document_id desc, batch_id desc) = 1
),
-- Mostly there are none, and no list is read.
relinked as (
    select distinct track_id, source from versions where relinked_id is not null
),
-- The list that silver.albums keeps of each album: a whole build does not wait for it, since it waits for all tracks itself.
lists as (
    select source, album_id, listed from silver.albums where exists (from relinked) -- incremental
    select source, album_id, arg_max(listed, (fetched_at, content_hash, document_id, batch_id)) as listed -- whole
    from staging.albums where fault is null and exists (from relinked) group by source, album_id -- whole
),
listings as (
    select source, album_id, unnest(listed) as track from lists
),
listed as (
    select l.track.track_id as track_id, l.source, arg_min({album_id: l.album_id, disc: l.track.disc_number, track: l.track.track_number}, l.album_id) as place
    from listings l
    semi join relinked r on r.track_id = l.track.track_id and r.source = l.source
    group by all
)
select
    track_id, source, relinked_id, linked_from_id, name, uri,
    if(answered is null, album_id, if(place is null, answered.album_id, place.album_id)) as album_id, duration_ms, is_explicit, popularity, isrc,
    if(answered is null, disc_number, if(place is null, answered.disc_number, place.disc)) as disc_number,
    if(answered is null, track_number, if(place is null, answered.track_number, place.track)) as track_number,
    answered, preview_url, external_url, is_local, release_date, market_set_id, artists,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from latest
left join listed using (track_id, source)
