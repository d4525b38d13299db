-- gold.playlists: one row per playlist_id. track_count counts each track once, whatever it is listed under.
-- Reads silver.playlist_tracks, silver.served_sources.
select
    playlist_id,
    coalesce(first_known(nullif(playlist_name, ''), source), '') as name,
    count(distinct track_id)::integer as track_count,
    first_known(source, source) as source
from silver.playlist_tracks
semi join silver.served_sources using (source)
group by playlist_id
