-- staging.artists: one row per landed artist document, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. popularity 0..100, followers a count; NA and NaN in the cell of a file are no value. fault: why the document is set
-- aside; faults: fields that are.
-- columns: artist_id VARCHAR, source VARCHAR, name VARCHAR, uri VARCHAR, popularity INTEGER, followers BIGINT, external_url VARCHAR
-- columns: genres VARCHAR[], images STRUCT(url VARCHAR, width INTEGER, height INTEGER)[], kind VARCHAR, document_id VARCHAR
-- columns: batch_id VARCHAR, run_id VARCHAR, fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR, fault VARCHAR, faults VARCHAR[]
with described as (
    select source, id as artist_id, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(try(json_transform(body, '{
            "id": "VARCHAR", "name": "VARCHAR", "uri": "VARCHAR", "popularity": "VARCHAR", "followers": {"total": "VARCHAR"},
            "genres": ["VARCHAR"], "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "external_urls": {"spotify": "VARCHAR"}
        }')))
    from bronze.documents
    where kind = 'artist'
),
listed as (
    select source, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(json_transform(body, '{"id": "VARCHAR", "followers": "VARCHAR", "genres": "VARCHAR", "name": "VARCHAR", "popularity": "VARCHAR"}'))
    from bronze.documents
    where kind = 'dataset_row' and source = 'kaggle_1921_2020_artists'
),
read as (
    select
        * exclude (followers, external_urls), followers.total as followers, external_urls.spotify as external_url,
        case
            when not is_spotify_id(artist_id) then 'id "' || coalesce(artist_id, '') || '" is not 22 base-62 characters'
            when id is null then 'the body is no object with an id'
        end as fault
    from described
    union all by name
    select
        source, id as artist_id, kind, document_id, batch_id, run_id, fetched_at, content_hash, name,
        number_cell(text_or_null(popularity)) as popularity, number_cell(text_or_null(followers)) as followers, python_list(genres) as genres,
        if(not is_spotify_id(id), 'artist id is not 22 base-62 characters', null) as fault
    from listed
)
select
    artist_id, source, coalesce(trim(name), '') as name, text_or_null(uri) as uri,
    whole_number(read.popularity, 0, 100)::integer as popularity,
    whole_number(read.followers, 0, 9007199254740992) as followers,
    external_url,
    list_filter(coalesce(genres, []), lambda genre: genre is not null and trim(genre) <> '') as genres,
    sorted_images(images) as images,
    kind, document_id, batch_id, run_id, fetched_at, content_hash, fault,
    list_filter([
        unusable('popularity', read.popularity, whole_number(read.popularity, 0, 100)),
        unusable('followers', read.followers, whole_number(read.followers, 0, 9007199254740992))
    ], lambda found: found is not null) as faults
from read
