-- The features in gold.tracks are those of gold.audio_features.
-- relation: gold.tracks
-- severity: BLOCK
with looked_at as ( -- incremental
    select track_id from changed.gold_tracks union select track_id from changed.gold_audio_features -- incremental
) -- incremental
select t.track_id
from (
    select track_id, features_provider, energy, tempo from gold.tracks
    where track_id in (from looked_at) -- incremental
) t
left join (
    select track_id, provider, energy, tempo from gold.audio_features
    where track_id in (from looked_at) -- incremental
) f using (track_id)
where t.features_provider is distinct from f.provider or t.energy is distinct from f.energy or t.tempo is distinct from f.tempo
