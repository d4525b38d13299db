-- staging.rankings: one row per landed ranking entry, typed, every version. Not published: silver reads it.
-- Reads bronze.documents. streams, daily and the shares by role are whole counts: the page gives them in millions.
-- rank is the place in the list that day, peak_rank the best place ever; daily_listeners is the change on the day before.
-- fault: why the document is set aside; faults: cells that are.
-- columns: artist_id VARCHAR, source VARCHAR, list VARCHAR, updated_on DATE, name VARCHAR, streams BIGINT, daily_streams BIGINT
-- columns: lead_streams BIGINT, solo_streams BIGINT, feature_streams BIGINT, rank INTEGER, monthly_listeners BIGINT, daily_listeners BIGINT
-- columns: peak_rank BIGINT, peak_listeners BIGINT, kind VARCHAR, document_id VARCHAR, batch_id VARCHAR, run_id VARCHAR
-- columns: fetched_at TIMESTAMP WITH TIME ZONE, content_hash VARCHAR, fault VARCHAR, faults VARCHAR[]
with described as (
    select source, kind, id as document_id, batch_id, run_id, fetched_at, content_hash,
        unnest(try(json_transform(body, '{
            "list": "VARCHAR", "updated": "VARCHAR", "rank": "VARCHAR", "artist_id": "VARCHAR", "name": "VARCHAR",
            "cells": {"Streams": "VARCHAR", "Daily": "VARCHAR", "As lead": "VARCHAR", "Solo": "VARCHAR", "As feature": "VARCHAR",
                "Listeners": "VARCHAR", "Daily +/-": "VARCHAR", "Peak": "VARCHAR", "PkListeners": "VARCHAR"}
        }')))
    from bronze.documents
    where kind = 'ranking'
),
-- Thousands are set off by commas; an empty cell or a dash says nothing.
cleaned as (
    select * exclude (cells),
        nullif(text_or_null(replace(cells."Streams", ',', '')), '-') as streams,
        nullif(text_or_null(replace(cells."Daily", ',', '')), '-') as daily,
        nullif(text_or_null(replace(cells."As lead", ',', '')), '-') as lead,
        nullif(text_or_null(replace(cells."Solo", ',', '')), '-') as solo,
        nullif(text_or_null(replace(cells."As feature", ',', '')), '-') as feature,
        nullif(text_or_null(replace(cells."Listeners", ',', '')), '-') as listeners,
        nullif(text_or_null(replace(replace(cells."Daily +/-", ',', ''), '+', '')), '-') as change,
        nullif(text_or_null(replace(cells."Peak", ',', '')), '-') as peak,
        nullif(text_or_null(replace(cells."PkListeners", ',', '')), '-') as most
    from described
)
select
    artist_id, source, list, in_range(try_cast(updated as date), '1000-01-01', '9999-12-31') as updated_on, coalesce(trim(name), '') as name,
    round(real_number(c.streams, 0, 1e9) * 1e6)::bigint as streams, round(real_number(daily, -1e9, 1e9) * 1e6)::bigint as daily_streams,
    round(real_number(lead, 0, 1e9) * 1e6)::bigint as lead_streams, round(real_number(solo, 0, 1e9) * 1e6)::bigint as solo_streams,
    round(real_number(feature, 0, 1e9) * 1e6)::bigint as feature_streams,
    whole_number(c.rank, 1, 2147483647)::integer as rank, whole_number(listeners, 0, 9007199254740992) as monthly_listeners,
    whole_number(change, -9007199254740992, 9007199254740992) as daily_listeners,
    whole_number(peak, 1, 9007199254740992) as peak_rank, whole_number(most, 0, 9007199254740992) as peak_listeners,
    kind, document_id, batch_id, run_id, fetched_at, content_hash,
    if(not is_spotify_id(artist_id), 'artist id "' || coalesce(artist_id, '') || '" is not 22 base-62 characters', null) as fault,
    list_filter([
        unusable('updated', text_or_null(updated), in_range(try_cast(updated as date), '1000-01-01', '9999-12-31')),
        unusable('rank', c.rank, whole_number(c.rank, 1, 2147483647)),
        unusable('Streams', c.streams, real_number(c.streams, 0, 1e9)),
        unusable('Daily', daily, real_number(daily, -1e9, 1e9)),
        unusable('As lead', lead, real_number(lead, 0, 1e9)),
        unusable('Solo', solo, real_number(solo, 0, 1e9)),
        unusable('As feature', feature, real_number(feature, 0, 1e9)),
        unusable('Listeners', listeners, whole_number(listeners, 0, 9007199254740992)),
        unusable('Daily +/-', change, whole_number(change, -9007199254740992, 9007199254740992)),
        unusable('Peak', peak, whole_number(peak, 1, 9007199254740992)),
        unusable('PkListeners', most, whole_number(most, 0, 9007199254740992))
    ], lambda found: found is not null) as faults
from cleaned c
