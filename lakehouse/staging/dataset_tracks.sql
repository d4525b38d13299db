-- staging.dataset_tracks: one row per landed row of a public data set, its cells typed under one set of names. Not published.
-- Reads bronze.documents. Each data set is a CTE that says which cell is what; everything else follows below.
-- NA and NaN in the cell of a number are no value.
-- A row with a reject_reason is set aside in silver.rejects and read by nothing else; faults: cells of the others that cannot be used.
-- Columns and quirks of the data sets: SOURCES 5.1.
-- columns: source VARCHAR, document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR
-- columns: track_id VARCHAR, name VARCHAR, album_id VARCHAR, album_name VARCHAR, release_date VARCHAR, popularity INTEGER
-- columns: duration_ms INTEGER, is_explicit BOOLEAN, track_number INTEGER, disc_number INTEGER, genre VARCHAR, playlist_id VARCHAR
-- columns: playlist_name VARCHAR, playlist_genre VARCHAR, playlist_subgenre VARCHAR, danceability DOUBLE, energy DOUBLE, valence DOUBLE
-- columns: acousticness DOUBLE, instrumentalness DOUBLE, liveness DOUBLE, speechiness DOUBLE, tempo DOUBLE, loudness DOUBLE, key INTEGER
-- columns: mode INTEGER, time_signature INTEGER, artists STRUCT(id VARCHAR, "name" VARCHAR)[], reject_reason VARCHAR
-- columns: faults VARCHAR[]
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
        if(is_missing or text_or_null(track_artist) is null, []::varchar[], [track_artist]) as artists,
        []::varchar[] as artist_keys,
        track_album_id as album_key,
        if(is_missing and track_album_name = 'NA', '', track_album_name) as album_title,
        track_album_release_date as released,
        track_popularity as liked
    from cells
    where source = 'tidytuesday'
),
-- 114k: artists joined by semicolons, albums by name only, one genre per row. An album is one of that name by the same first artist: guests
-- come and go from track to track.
kaggle_114k as (
    select
        * exclude (artists),
        false as is_missing,
        track_name as title,
        list_filter(string_split(artists, ';'), lambda name: trim(name) <> '') as artists,
        []::varchar[] as artist_keys,
        if(trim(album_name) = '', null, named_id('album', trim(coalesce(list_filter(string_split(artists, ';'), lambda name: trim(name) <> '')[1], ''))
            || ' / ' || trim(album_name))) as album_key,
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
    select * replace (
        number_cell(liked) as liked, number_cell(duration_ms) as duration_ms, number_cell(danceability) as danceability,
        number_cell(energy) as energy, number_cell(valence) as valence, number_cell(acousticness) as acousticness,
        number_cell(instrumentalness) as instrumentalness, number_cell(liveness) as liveness, number_cell(speechiness) as speechiness,
        number_cell(tempo) as tempo, number_cell(loudness) as loudness, number_cell(key) as key, number_cell(mode) as mode,
        number_cell(time_signature) as time_signature, number_cell(track_number) as track_number, number_cell(disc_number) as disc_number
    )
    from (
        from tidytuesday
        union all by name from kaggle_114k
        union all by name from kaggle_1921_2020_data
        union all by name from kaggle_1921_2020_tracks
        union all by name from kaggle_1m2
    )
),
read as (
    select
        source, document_id, batch_id, run_id, fetched_at, content_hash,
        coalesce(text_or_null(track_id), text_or_null(id)) as track_id,
        coalesce(trim(title), '') as name,
        list_transform(artists, lambda artist: trim(artist)) as artist_names,
        artist_keys,
        text_or_null(album_key) as album_id,
        coalesce(trim(album_title), '') as album_name,
        partial_date(text_or_null(released)) as release_date,
        yes_no(explicit) as is_explicit,
        text_or_null(track_genre) as genre,
        text_or_null(playlist_id) as playlist_id,
        coalesce(trim(playlist_name), '') as playlist_name,
        text_or_null(playlist_genre) as playlist_genre,
        text_or_null(playlist_subgenre) as playlist_subgenre,
        whole_cell(liked) as popularity,
        whole_cell(duration_ms) as duration_ms,
        whole_cell(track_number) as track_number,
        whole_cell(disc_number) as disc_number,
        try_cast(danceability as double) as danceability,
        try_cast(energy as double) as energy,
        try_cast(valence as double) as valence,
        try_cast(acousticness as double) as acousticness,
        try_cast(instrumentalness as double) as instrumentalness,
        try_cast(liveness as double) as liveness,
        try_cast(speechiness as double) as speechiness,
        try_cast(tempo as double) as tempo,
        try_cast(loudness as double) as loudness,
        whole_cell(key) as key,
        whole_cell(mode) as mode,
        whole_cell(time_signature) as time_signature,
        -- What the cells say, for those that cannot be used.
        {
            popularity: liked, duration_ms: mapped.duration_ms, danceability: mapped.danceability, energy: mapped.energy,
            valence: mapped.valence, acousticness: mapped.acousticness, instrumentalness: mapped.instrumentalness,
            liveness: mapped.liveness, speechiness: mapped.speechiness, tempo: mapped.tempo, loudness: mapped.loudness,
            key: mapped.key, mode: mapped.mode, time_signature: mapped.time_signature, track_number: mapped.track_number,
            disc_number: mapped.disc_number, explicit: mapped.explicit, release_date: released
        } as said
    from mapped
),
-- Of nearly all rows every artist has a name, and every id is shaped like one.
credited as (
    select *,
        regexp_full_match(array_to_string(artist_keys, ','), '([0-9A-Za-z]{22}(,|$))*') as has_usual_ids,
        has_usual_ids and not list_contains(artist_names, '') as has_usual_artists
    from read
),
-- Of nearly all rows every cell can be used, and nothing need be looked for.
judged as (
    select *,
        coalesce(
            danceability between 0 and 1 and energy between 0 and 1 and valence between 0 and 1 and acousticness between 0 and 1
                and instrumentalness between 0 and 1 and liveness between 0 and 1 and speechiness between 0 and 1
                and tempo between 0 and 1000 and loudness between -1000 and 1000 and key between -1 and 11 and mode between 0 and 1
                and duration_ms between 0 and 2147483647
                and (said.popularity is null or popularity between 0 and 100)
                and (said.time_signature is null or time_signature between 0 and 100)
                and (said.track_number is null or track_number between 0 and 100000)
                and (said.disc_number is null or disc_number between 0 and 100000)
                and (said.explicit is null or is_explicit is not null)
                and (said.release_date is null or release_date is not null)
                and has_usual_ids,
            false
        ) as is_usual
    from credited
)
select
    source, document_id, batch_id, run_id, fetched_at, content_hash, track_id, name, album_id, album_name, release_date,
    in_range(popularity, 0, 100)::integer as popularity,
    nullif(in_range(j.duration_ms, 0, 2147483647), 0)::integer as duration_ms,
    is_explicit,
    in_range(j.track_number, 0, 100000)::integer as track_number,
    in_range(j.disc_number, 0, 100000)::integer as disc_number,
    genre, playlist_id, playlist_name, playlist_genre, playlist_subgenre,
    danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness,
    nullif(in_range(j.tempo, 0, 1000), 0) as tempo,
    in_range(j.loudness, -1000, 1000) as loudness,
    in_range(j.key, 0, 11)::integer as key,
    in_range(j.mode, 0, 1)::integer as mode,
    in_range(j.time_signature, 1, 100)::integer as time_signature,
    -- An artist without an id of its own goes by one that is made from the name; who has neither is nobody.
    if(has_usual_artists,
        list_transform(artist_names, lambda artist, place: {id: coalesce(artist_keys[place], named_id('artist', artist)), name: artist}),
        list_transform(artist_names, lambda artist, place: {
            id: if(is_spotify_id(artist_keys[place]), artist_keys[place], named_id('artist', nullif(artist, ''))), name: artist
        }).list_filter(lambda artist: artist.id is not null)
    ) as artists,
    case
        when not is_spotify_id(track_id) then 'track id "' || coalesce(track_id, '') || '" is not 22 base-62 characters'
        when len(artist_keys) > 0 and len(artist_keys) <> len(artist_names) then 'artist ids and names differ in number'
        when is_usual then null
        else coalesce(
            list_filter([
                {name: 'popularity', cell: said.popularity}, {name: 'duration_ms', cell: said.duration_ms},
                {name: 'danceability', cell: said.danceability}, {name: 'energy', cell: said.energy},
                {name: 'valence', cell: said.valence}, {name: 'acousticness', cell: said.acousticness},
                {name: 'instrumentalness', cell: said.instrumentalness}, {name: 'liveness', cell: said.liveness},
                {name: 'speechiness', cell: said.speechiness}, {name: 'tempo', cell: said.tempo},
                {name: 'loudness', cell: said.loudness}, {name: 'key', cell: said.key}, {name: 'mode', cell: said.mode}
            ], lambda x: text_or_null(x.cell) is not null and (try_cast(x.cell as double) is null or isnan(try_cast(x.cell as double))))
                .list_transform(lambda x: x.name || ' "' || x.cell[1:40] || '" is not a number')[1],
            case
                when text_or_null(said.popularity) is not null and (popularity between 0 and 100) is not true
                    then 'popularity ' || said.popularity[1:40] || if(is_whole(said.popularity), ' is outside 0..100', ' is not a whole number')
                when j.duration_ms < 0 then 'duration_ms ' || j.duration_ms || ' is negative'
                when least(danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness) < 0
                    or greatest(danceability, energy, valence, acousticness, instrumentalness, liveness, speechiness) > 1
                    then 'a score is outside 0..1'
                when text_or_null(said.key) is not null and (j.key between -1 and 11) is not true
                    then 'key ' || said.key[1:40] || if(is_whole(said.key), ' is outside 0..11', ' is not a whole number')
                when text_or_null(said.mode) is not null and (j.mode between 0 and 1) is not true
                    then 'mode ' || said.mode[1:40] || ' is not 0 or 1'
            end
        )
    end as reject_reason,
    if(is_usual, [], list_filter([
        unusable('duration_ms', text_or_null(said.duration_ms), in_range(j.duration_ms, 0, 2147483647)),
        unusable('explicit', text_or_null(said.explicit), is_explicit),
        unusable('track_number', text_or_null(said.track_number), in_range(j.track_number, 0, 100000)),
        unusable('disc_number', text_or_null(said.disc_number), in_range(j.disc_number, 0, 100000)),
        unusable('release_date', nullif(text_or_null(said.release_date), '0000'), release_date),
        unusable('tempo', text_or_null(said.tempo), in_range(j.tempo, 0, 1000)),
        unusable('loudness', text_or_null(said.loudness), in_range(j.loudness, -1000, 1000)),
        unusable('artist_ids', array_to_string(artist_keys, ', '), if(has_usual_ids, true, null)),
        unusable('time_signature', text_or_null(said.time_signature), in_range(j.time_signature, 0, 100))
    ], lambda found: found is not null)) as faults
from judged j
