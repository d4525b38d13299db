-- gold.audio_features_by_provider: one row per (track_id, provider): what each served provider says of a track in gold. One that knows
-- not a single number of it is no provider of it, and does not stand before one that does.
-- Reads silver.audio_features, silver.tracks, silver.served_sources. Units as in silver.audio_features. is_resolved: the one that
-- gold.audio_features shows.
-- key: track_id, provider
-- touched only: silver.audio_features, silver.tracks
-- refers: track_id to gold.tracks
-- Most tracks have one provider; only the others are compared, and none where there is but one provider.
with heard as not materialized (
    select *
    from silver.audio_features
    where coalesce(
            energy, danceability, valence, acousticness, instrumentalness, liveness, speechiness, tempo, loudness, key, mode, time_signature
        ) is not null
        and track_id in (from touched) -- incremental
),
contested as (
    select f.track_id, min(s.rank) as best
    from heard f
    join silver.served_sources s on s.source = f.provider
    where (select min(provider) < max(provider) from silver.audio_features) -- whole
    group by f.track_id
    having count(*) > 1
)
select
    f.track_id, f.provider, f.danceability, f.energy, f.valence, f.acousticness, f.instrumentalness, f.liveness, f.speechiness, f.tempo,
    f.loudness, f.key, f.mode, f.time_signature, coalesce(s.rank = c.best, true) as is_resolved, f.fetched_at
from heard f
join silver.served_sources s on s.source = f.provider
left join contested c on c.track_id = f.track_id
where f.track_id in (select t.track_id from silver.tracks t semi join silver.served_sources using (source))
