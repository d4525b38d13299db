-- silver.artists: one row per artist and source that described it by a document of its own; the latest version wins.
-- Reads bronze.documents. popularity 0..100, followers a count. An artist that others only mention is in silver.track_artists.
with described as (
    select source, id as artist_id, batch_id, run_id, fetched_at, content_hash, id as document_id, kind,
        unnest(json_transform(body, '{
            "name": "VARCHAR", "uri": "VARCHAR", "popularity": "INTEGER", "followers": {"total": "BIGINT"},
            "genres": ["VARCHAR"], "images": [{"url": "VARCHAR", "width": "INTEGER", "height": "INTEGER"}],
            "external_urls": {"spotify": "VARCHAR"}
        }'))
    from bronze.documents
    where kind = 'artist' and is_spotify_id(id) and json_valid(body)
),
listed as (
    select source, batch_id, run_id, fetched_at, content_hash, id as document_id, kind,
        unnest(json_transform(body, '{"id": "VARCHAR", "followers": "VARCHAR", "genres": "VARCHAR", "name": "VARCHAR", "popularity": "VARCHAR"}'))
    from bronze.documents
    where kind = 'dataset_row' and source = 'kaggle_1921_2020_artists'
),
versions as (
    select
        source, artist_id, batch_id, run_id, fetched_at, content_hash, document_id, kind,
        coalesce(trim(name), '') as name,
        text_or_null(uri) as uri,
        popularity,
        followers.total as followers,
        genres,
        external_urls.spotify as external_url,
        images
    from described
    union all by name
    select
        source, id as artist_id, batch_id, run_id, fetched_at, content_hash, document_id, kind,
        coalesce(trim(name), '') as name,
        try_cast(popularity as integer) as popularity,
        try_cast(try_cast(followers as double) as bigint) as followers,
        python_list(genres) as genres
    from listed
    where is_spotify_id(id)
)
select
    artist_id, source, name, uri, popularity, followers, external_url,
    list_filter(coalesce(genres, []), lambda genre: genre is not null and trim(genre) <> '') as genres,
    list_reverse_sort(list_filter(coalesce(images, []), lambda image: image.url is not null).list_transform(
        lambda image: {width: image.width, height: image.height, url: image.url}
    )).list_transform(lambda image: {url: image.url, width: image.width, height: image.height}) as images,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from versions
qualify row_number() over (partition by artist_id, source order by fetched_at desc, content_hash desc, document_id desc) = 1
