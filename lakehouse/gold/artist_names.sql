-- gold.artist_names: one row per artist_id that a served source names, with its name ("" where no source has one). Whoever is named only
-- where another source is believed is here, and not in gold.artists.
-- Reads silver.artists, silver.track_artists, silver.album_artists, silver.rankings, silver.served_sources, silver.artist_merges.
-- key: artist_id
with named as (
    select artist_id, name, source, 1 as weight from silver.artists
    where artist_id in (from touched) -- incremental
    union all
    select artist_id, artist_name, source, 2 from silver.track_artists
    where artist_id in (from touched) -- incremental
    union all
    select artist_id, artist_name, source, 2 from silver.album_artists
    where artist_id in (from touched) -- incremental
    union all
    select artist_id, name, source, 3 from silver.rankings
    where artist_id in (from touched) -- incremental
),
-- One name may be written in several ways. Of the most believed source: what its own document of the artist says, then its credits, then a
-- ranking; the most frequent of them, then the first by alphabet.
spelled as (
    select artist_id, name, source, weight, source_rank(source) as rank, count(*) as times
    from named
    group by artist_id, name, source, weight
),
best as (
    select artist_id, name, source,
        row_number() over (partition by artist_id order by name = '', rank, weight, times desc, name) as place
    from spelled
    semi join silver.served_sources using (source)
    anti join silver.artist_merges m on m.named_id = spelled.artist_id
)
select artist_id, name, source from best where place = 1
