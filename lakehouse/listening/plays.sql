-- listening.plays: one row per play of one account, whichever way it came to us and however often.
-- Reads landed.plays (what landed, with the place of its batch), catalogue.names (artists and tracks of the served snapshot).
-- The same row in two exports is one play, of the export that landed first. Rows of the extended history are told to the second, so that
-- equal ones are one play; those of the short history to the minute, so that equal rows of one export are as many plays.
-- The same play from several origins counts once, by rule: an extended row is believed first; a short row is the same play when artist,
-- track, minute and milliseconds agree; a play of the API is the same when track or names agree (re-linked tracks have other ids) and it lies within the extended or
-- short play, a minute of slack on either side (its time is that of the begin or of the end, as clients differ), one for one: of a track
-- that was played over and over, as many plays of the API are known as exported ones follow each other within that slack.
-- ended_at, started_at: UTC. ms_played: milliseconds. A play without id gets the track of the catalogue (or of another play of this
-- account) with the same names: match_score 1 same names to the letter; where there is none, 0.9 without accents, case and punctuation,
-- else 0.75 without what stands in brackets or behind " - "; track_id null and match_score null: nothing matched. match_score is 1 for
-- plays that came with an id.
with told as (
    select *, coalesce(track_id, artist_name || chr(0) || track_name) as what from landed.plays
),
counted as (
    select *, 1 as nth from told where origin <> 'SHORT'
    union all
    select *, row_number() over (partition by batch_id, ended_at, ms_played, what order by key) from told where origin = 'SHORT'
),
once as (
    select * exclude (key), if(nth = 1, key, key || '-' || nth) as key
    from counted
    qualify row_number() over (partition by origin, ended_at, ms_played, what, platform, nth order by place, counted.key) = 1
),
landed as (
    select
        key, batch_id, origin, make_timestamp(ended_at * 1000) as ended_at, ms_played, track_id, track_name, artist_name, album_name, platform,
        country, reason_start, reason_end, is_shuffle = 1 as is_shuffle, is_skipped = 1 as is_skipped, is_offline = 1 as is_offline,
        is_incognito = 1 as is_incognito, plain_key(artist_name) as artist_key, plain_key(track_name) as track_key,
        date_trunc('minute', make_timestamp(ended_at * 1000)) as minute
    from once
),
extended as (
    select * from landed where origin = 'EXTENDED'
),
-- An extended row covers one short row only: twice in a minute is twice.
short_alone as (
    select s.*
    from (
        select *, row_number() over (partition by artist_key, track_key, minute, ms_played order by key) as nth
        from landed where origin = 'SHORT'
    ) s
    anti join (
        select artist_key, track_key, minute, ms_played, row_number() over (partition by artist_key, track_key, minute, ms_played order by key) as nth
        from extended
    ) e using (artist_key, track_key, minute, ms_played, nth)
),
exported as (
    select * from extended
    union all
    select * exclude (nth) from short_alone
),
recent as (
    select * from landed where origin = 'RECENT'
),
-- Exported plays that a play of the API may be: of the same id or the same names.
candidates as (
    select r.key, e.key as exported_key from recent r join exported e on e.track_id = r.track_id
    union
    select r.key, e.key from recent r join exported e on e.artist_key = r.artist_key and e.track_key = r.track_key
),
slack as (
    select
        key, artist_key, track_key, ended_at, started_at - interval 1 minute as from_at,
        ended_at + if(origin = 'SHORT', interval 2 minute, interval 1 minute) as until_at
    from (select *, ended_at - to_milliseconds(ms_played) as started_at from exported)
    semi join (select artist_key, track_key from exported where key in (select exported_key from candidates)) using (artist_key, track_key)
),
-- Plays of a track that follow each other within the slack: which of them a play of the API is cannot be told, how many they are can.
marked as (
    select *, coalesce(from_at > max(until_at) over (
        partition by artist_key, track_key order by ended_at, key rows between unbounded preceding and 1 preceding
    ), true) as begins
    from slack
),
rows_of as (
    select *, sum(begins::integer) over (partition by artist_key, track_key order by ended_at, key) as nth from marked
),
sizes as (
    select artist_key, track_key, nth, count(*) as plays from rows_of group by all
),
recent_near as (
    select
        r.key, any_value(r.ended_at) as told_at,
        arg_min({'artist': e.artist_key, 'track': e.track_key, 'nth': e.nth}, (abs(epoch_ms(r.ended_at) - epoch_ms(e.ended_at)), e.key)) as row_of
    from recent r join candidates c using (key) join rows_of e on e.key = c.exported_key
    where r.ended_at between e.from_at and e.until_at
    group by r.key
),
recent_known as (
    select n.key
    from recent_near n
    join sizes s on s.artist_key = n.row_of.artist and s.track_key = n.row_of.track and s.nth = n.row_of.nth
    qualify row_number() over (partition by n.row_of order by n.told_at, n.key) <= any_value(s.plays) over (partition by n.row_of)
),
merged as (
    select * from exported
    union all
    select * from recent anti join recent_known using (key)
),
-- What names mean: the same names before nearly the same ones, and of those tracks this account has played by id before the catalogue's
-- most popular.
known as (
    select artist_name, track_name, artist_key, track_key, bare_key(track_name) as bare, track_id, 0 as rank, 101 as popularity
    from landed where track_id is not null
    union all
    select artist_name, track_name, artist_key, track_key, bare_key(track_name), track_id, 1, coalesce(popularity, 0) from catalogue.names
),
named as (
    select distinct artist_name, track_name, artist_key, track_key from merged where track_id is null
),
-- Several songs may have one key: "Why" and "Why?".
by_key as (
    select artist_key, track_key, arg_min(track_id, (rank, -popularity, track_id)) as found_id from known group by artist_key, track_key
),
by_name as (
    select artist_name, track_name, arg_min(track_id, (rank, -popularity, track_id)) as found_id
    from known semi join named using (artist_name, track_name)
    group by artist_name, track_name
),
by_bare as (
    select artist_key, bare, arg_min(track_id, (rank, -popularity, track_id)) as found_id from known where bare <> '' group by all
),
matched as (
    select
        n.artist_name, n.track_name, coalesce(s.found_id, k.found_id, b.found_id) as found_id,
        case when s.found_id is not null then 1.0 when k.found_id is not null then 0.9 when b.found_id is not null then 0.75 end as match_score
    from named n
    left join by_name s using (artist_name, track_name)
    left join by_key k on k.artist_key = n.artist_key and k.track_key = n.track_key
    left join by_bare b on b.artist_key = n.artist_key and b.bare = bare_key(n.track_name)
)
select
    m.key as play_key, m.batch_id, m.origin, m.ended_at, m.ended_at - to_milliseconds(m.ms_played) as started_at, m.ms_played,
    coalesce(m.track_id, f.found_id) as track_id, if(m.track_id is not null, 1.0, f.match_score)::double as match_score,
    m.track_name, m.artist_name, m.album_name, m.platform, m.country, m.reason_start, m.reason_end, m.is_shuffle, m.is_skipped,
    m.is_offline, m.is_incognito
from merged m
left join matched f on m.track_id is null and f.artist_name = m.artist_name and f.track_name = m.track_name
