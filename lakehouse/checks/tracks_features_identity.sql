-- The features in gold.tracks are those of gold.audio_features.
-- relation: gold.tracks
-- severity: BLOCK
select t.track_id
from gold.tracks t
left join gold.audio_features f using (track_id)
where t.features_provider is distinct from f.provider or t.energy is distinct from f.energy or t.tempo is distinct from f.tempo
