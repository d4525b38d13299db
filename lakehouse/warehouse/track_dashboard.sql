-- warehouse.track_dashboard: one row per track, wide: metadata LEFT JOIN features, for BI tools.
-- Reads gold.tracks, gold.albums, gold.artists, gold.track_artists, gold.artist_genres, gold.track_genres. genres and artist_names are
-- comma lists.
-- key_name: C, C#/Db, ...; mode_name: major or minor; released_on: the first day of what release_date says.
-- key: track_id
-- touched only: gold.tracks, gold.track_artists, gold.track_genres
-- slices: track_id of gold.tracks
-- shared out: gold.track_artists
-- shared out: gold.track_genres where is_own
-- First the tracks, then what is said of them: behind the joins, everything would be joined to every track before most are left out.
with shown as (
    select *
    from gold.tracks
    where track_id in (from touched) -- incremental
),
first_artists as (
    select track_id, artist_id
    from gold.track_artists
    where position = 1
        and track_id in (from touched) -- incremental
),
-- The genres of a track are those of its artists, and its own. An artist's are put together once for all of his tracks.
artist_genre_lists as (
    select artist_id, genres, array_to_string(genres, ', ') as genres_text
    from (select artist_id, list_sort(list(genre)) as genres from gold.artist_genres group by artist_id)
),
shown_artists as (
    select a.*, g.genres, g.genres_text
    from gold.artists a
    left join artist_genre_lists g using (artist_id)
),
own_genres as (
    select track_id, list(genre) as genres
    from gold.track_genres
    where is_own
        and track_id in (from touched) -- incremental
    group by track_id
),
-- Most tracks have one artist, whose name is at hand; only those of the others are put together, since such aggregates do not spill.
further_artists as (
    select ta.track_id, count(*)::integer as artist_count,
        array_to_string(list_transform(list_sort(list({position: ta.position, name: a.name})), lambda artist: artist.name), ', ')
            as artist_names,
        flatten(list(a.genres) filter (where a.genres is not null)) as genres
    from gold.track_artists ta
    left join shown_artists a using (artist_id)
    where ta.position > 1
        and ta.track_id in (from touched) -- incremental
    group by ta.track_id
)
select
    t.track_id, t.name as track_name, t.duration_ms, t.is_explicit, t.popularity as track_popularity, t.uri as track_uri,
    t.external_url as track_external_url, t.preview_url, t.isrc, t.disc_number, t.track_number, t.release_year,
    t.album_id, b.name as album_name, b.album_type, t.release_date, date_precision(t.release_date) as release_date_precision, b.label,
    b.popularity as album_popularity, b.image_url as album_image_url, b.external_url as album_external_url, b.total_tracks,
    ta.artist_id, a.name as artist_name, if(o.track_id is null, a.name, concat_ws(', ', a.name, o.artist_names)) as artist_names,
    a.popularity as artist_popularity, a.followers as artist_followers, a.uri as artist_uri, a.image_url as artist_image_url, a.external_url as artist_external_url,
    if(o.genres is null and own.genres is null, a.genres_text,
        array_to_string(list_sort(list_distinct(list_concat(list_concat(a.genres, o.genres), own.genres))), ', ')) as genres,
    t.danceability, t.energy, t.valence, t.acousticness, t.instrumentalness, t.liveness, t.speechiness, t.tempo, t.loudness,
    t.key, t.mode, t.time_signature, t.features_provider, t.source,
    if(a.artist_id is not null, 'artist', null) as artist_type,
    nullif(if(ta.artist_id is null, 0, 1) + coalesce(o.artist_count, 0), 0)::integer as artist_count, a.streams as artist_streams,
    a.monthly_listeners as artist_monthly_listeners, b.uri as album_uri, b.upc as album_upc, b.is_compilation, b.preferred_album_id,
    t.recording_id, t.recording_id = t.track_id as is_first_of_recording,
    (t.release_year // 10 * 10)::integer as release_decade, try_cast(rpad(t.release_date, 10, '-01-01') as date) as released_on,
    key_name(t.key) as key_name, mode_name(t.mode) as mode_name
from shown t
left join gold.albums b using (album_id)
left join first_artists ta on ta.track_id = t.track_id
left join shown_artists a on a.artist_id = ta.artist_id
left join further_artists o on o.track_id = t.track_id
left join own_genres own on own.track_id = t.track_id
