-- staging.dataset_tracks: one row per landed row of a public data set, its cells typed under one set of names. Not published.
-- Reads bronze.documents. Each data set is a CTE that says which cell is what; everything else follows below.
-- A row with a reject_reason is set aside in silver.rejects and read by nothing else.
-- Columns and quirks of the data sets: SOURCES 5.1.
-- columns: source VARCHAR, document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR
-- columns: track_id VARCHAR, name VARCHAR, album_id VARCHAR, album_name VARCHAR, release_date VARCHAR, popularity INTEGER
-- columns: duration_ms INTEGER, is_explicit BOOLEAN, track_number INTEGER, disc_number INTEGER, genre VARCHAR, playlist_id VARCHAR
-- columns: playlist_name VARCHAR, playlist_genre VARCHAR, playlist_subgenre VARCHAR, danceability DOUBLE, energy DOUBLE, valence DOUBLE
-- columns: acousticness DOUBLE, instrumentalness DOUBLE, liveness DOUBLE, speechiness DOUBLE, tempo DOUBLE, loudness DOUBLE, key INTEGER
-- columns: mode INTEGER, time_signature INTEGER, artists STRUCT(id VARCHAR, "name" VARCHAR)[], reject_reason VARCHAR
with landed as (
    select source, id as document_id, batch_id, run_id, fetched_at, content_hash, body
    from bronze.documents
    where kind = 'dataset_row' and source <> 'kaggle_1921_2020_artists'
),
cells as (
    select * exclude (body), unnest(json_transform(body, '{
        "track_id": "VARCHAR", "id": "VARCHAR", "track_name": "VARCHAR", "name": "VARCHAR",
        "track_artist": "VARCHAR", "artists": "VARCHAR", "artist_ids": "VARCHAR", "id_artists": "VARCHAR",
        "track_album_id": "VARCHAR", "album_id": "VARCHAR", "track_album_name": "VARCHAR", "album_name": "VARCHAR",
        "album": "VARCHAR", "track_album_release_date": "VARCHAR", "release_date": "VARCHAR", "year": "VARCHAR",
        "track_popularity": "VARCHAR", "popularity": "VARCHAR", "duration_ms": "VARCHAR", "explicit": "VARCHAR",
        "track_number": "VARCHAR", "disc_number": "VARCHAR", "track_genre": "VARCHAR",
        "playlist_id": "VARCHAR", "playlist_name": "VARCHAR", "playlist_genre": "VARCHAR", "playlist_subgenre": "VARCHAR",
        "danceability": "VARCHAR", "energy": "VARCHAR", "valence": "VARCHAR", "acousticness": "VARCHAR",
        "instrumentalness": "VARCHAR", "liveness": "VARCHAR", "speechiness": "VARCHAR", "tempo": "VARCHAR",
        "loudness": "VARCHAR", "key": "VARCHAR", "mode": "VARCHAR", "time_signature": "VARCHAR"
    }'))
    from landed
),
-- TidyTuesday writes a missing name and artist as the literal NA; a single artist by name, albums by id.
tidytuesday as (
    select
        * exclude (artists),
        track_name = 'NA' and track_artist = 'NA' as is_missing,
        if(is_missing, '', track_name) as title,
        if(is_missing, []::varchar[], [track_artist]) as artists,
        []::varchar[] as artist_keys,
        track_album_id as album_key,
        if(is_missing and track_album_name = 'NA', '', track_album_name) as album_title,
        track_album_release_date as released,
        track_popularity as liked
    from cells
    where source = 'tidytuesday'
),
-- 114k: artists joined by semicolons, albums by name only, one genre per row.
kaggle_114k as (
    select
        * exclude (artists),
        false as is_missing,
        track_name as title,
        list_filter(string_split(artists, ';'), lambda name: trim(name) <> '') as artists,
        []::varchar[] as artist_keys,
        if(trim(album_name) = '', null, named_id('album', trim(artists) || ' / ' || trim(album_name))) as album_key,
        album_name as album_title,
        null::varchar as released,
        popularity as liked
    from cells
    where source = 'kaggle_114k'
),
-- 1921-2020, first edition: names as a Python list, no albums.
kaggle_1921_2020_data as (
    select
        * exclude (artists),
        false as is_missing,
        name as title,
        python_list(artists) as artists,
        []::varchar[] as artist_keys,
        null::varchar as album_key,
        null::varchar as album_title,
        coalesce(text_or_null(release_date), year) as released,
        popularity as liked
    from cells
    where source = 'kaggle_1921_2020_data'
),
-- 1921-2020, later edition: names and ids as parallel Python lists, no albums.
kaggle_1921_2020_tracks as (
    select
        * exclude (artists),
        false as is_missing,
        name as title,
        python_list(artists) as artists,
        python_list(id_artists) as artist_keys,
        null::varchar as album_key,
        null::varchar as album_title,
        release_date as released,
        popularity as liked
    from cells
    where source = 'kaggle_1921_2020_tracks'
),
-- 1.2 M: albums and artists by id; year 0 and release date 0000 are missing.
kaggle_1m2 as (
    select
        * exclude (artists),
        false as is_missing,
        name as title,
        python_list(artists) as artists,
        python_list(artist_ids) as artist_keys,
        album_id as album_key,
        album as album_title,
        release_date as released,
        null::varchar as liked
    from cells
    where source = 'kaggle_1m2'
),
mapped as (
    from tidytuesday
    union all by name from kaggle_114k
    union all by name from kaggle_1921_2020_data
    union all by name from kaggle_1921_2020_tracks
    union all by name from kaggle_1m2
),
typed as (
    select
        source, document_id, batch_id, run_id, fetched_at, content_hash,
        coalesce(text_or_null(track_id), text_or_null(id)) as track_id,
        coalesce(trim(title), '') as name,
        list_transform(artists, lambda artist: trim(artist)) as artist_names,
        artist_keys as artist_ids,
        text_or_null(album_key) as album_id,
        coalesce(trim(album_title), '') as album_name,
        partial_date(text_or_null(released)) as release_date,
        try_cast(try_cast(liked as double) as integer) as popularity,
        try_cast(try_cast(duration_ms as double) as integer) as duration_ms,
        yes_no(explicit) as is_explicit,
        try_cast(track_number as integer) as track_number,
        try_cast(disc_number as integer) as disc_number,
        text_or_null(track_genre) as genre,
        text_or_null(playlist_id) as playlist_id,
        coalesce(trim(playlist_name), '') as playlist_name,
        text_or_null(playlist_genre) as playlist_genre,
        text_or_null(playlist_subgenre) as playlist_subgenre,
        try_cast(danceability as double) as danceability,
        try_cast(energy as double) as energy,
        try_cast(valence as double) as valence,
        try_cast(acousticness as double) as acousticness,
        try_cast(instrumentalness as double) as instrumentalness,
        try_cast(liveness as double) as liveness,
        try_cast(speechiness as double) as speechiness,
        nullif(try_cast(tempo as double), 0) as tempo,
        try_cast(loudness as double) as loudness,
        nullif(try_cast(try_cast(key as double) as integer), -1) as key,
        try_cast(try_cast(mode as double) as integer) as mode,
        nullif(try_cast(try_cast(time_signature as double) as integer), 0) as time_signature,
        -- Cells that hold something which is no number.
        list_filter([
            {name: 'popularity', cell: liked}, {name: 'duration_ms', cell: mapped.duration_ms},
            {name: 'danceability', cell: mapped.danceability}, {name: 'energy', cell: mapped.energy},
            {name: 'valence', cell: mapped.valence}, {name: 'acousticness', cell: mapped.acousticness},
            {name: 'instrumentalness', cell: mapped.instrumentalness}, {name: 'liveness', cell: mapped.liveness},
            {name: 'speechiness', cell: mapped.speechiness}, {name: 'tempo', cell: mapped.tempo},
            {name: 'loudness', cell: mapped.loudness}, {name: 'key', cell: mapped.key}, {name: 'mode', cell: mapped.mode}
        ], lambda x: text_or_null(x.cell) is not null and (try_cast(x.cell as double) is null or isnan(try_cast(x.cell as double))))
            as unreadable
    from mapped
)
select
    * exclude (unreadable, artist_names, artist_ids),
    -- An artist without an id of its own goes by one that is made from the name.
    list_transform(artist_names, lambda artist, place: {
        id: coalesce(artist_ids[place], named_id('artist', artist)), name: artist
    }) as artists,
    case
        when not is_spotify_id(track_id) then 'track id "' || coalesce(track_id, '') || '" is not 22 base-62 characters'
        when len(unreadable) > 0 then unreadable[1].name || ' "' || unreadable[1].cell || '" is not a number'
        when popularity not between 0 and 100 then 'popularity ' || popularity || ' is outside 0..100'
        when duration_ms < 0 then 'duration_ms ' || duration_ms || ' is negative'
        when least(danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness) < 0
            or greatest(danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness) > 1
            then 'a score is outside 0..1'
        when key not between 0 and 11 then 'key ' || key || ' is outside 0..11'
        when mode not in (0, 1) then 'mode ' || mode || ' is not 0 or 1'
        when len(artist_ids) > 0 and len(artist_ids) <> len(artist_names) then 'artist ids and names differ in number'
    end as reject_reason
from typed
