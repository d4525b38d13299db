-- gold.artist_merges: one row per name-made artist id that turned out to be a real artist, so that an old id leads to the new one.
-- Reads silver.artist_merges.
-- key: named_id
-- refers: artist_id to gold.artists
select named_id, artist_id from silver.artist_merges
