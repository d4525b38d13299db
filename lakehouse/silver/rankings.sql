-- silver.rankings: one row per (artist_id, list, updated_on, source): what a ranking said of an artist on a day.
-- Reads bronze.documents. streams, daily and the shares by role are whole counts: the page gives them in millions.
with described as (
    select source, fetched_at, content_hash, batch_id, run_id, id as document_id, kind,
        unnest(json_transform(body, '{
            "list": "VARCHAR", "updated": "VARCHAR", "artist_id": "VARCHAR", "name": "VARCHAR",
            "cells": {"Streams": "VARCHAR", "Daily": "VARCHAR", "As lead": "VARCHAR", "Solo": "VARCHAR", "As feature": "VARCHAR",
                "Listeners": "VARCHAR"}
        }'))
    from bronze.documents
    where kind = 'ranking' and json_valid(body)
),
counted as (
    select *, try_cast(replace(cells."Streams", ',', '') as double) as stream_millions,
        try_cast(replace(cells."Daily", ',', '') as double) as daily_millions,
        try_cast(replace(cells."Listeners", ',', '') as bigint) as monthly_listeners
    from described
    where is_spotify_id(artist_id)
)
select
    artist_id, source, list, try_cast(updated as date) as updated_on, coalesce(trim(name), '') as name,
    round(stream_millions * 1e6)::bigint as streams, round(daily_millions * 1e6)::bigint as daily_streams, monthly_listeners,
    kind, document_id, batch_id, run_id, fetched_at, content_hash
from counted
qualify row_number() over (partition by artist_id, list, updated_on, source order by fetched_at desc, content_hash desc) = 1
