-- The features in gold.tracks are those of gold.audio_features.
-- relation: gold.tracks
-- severity: BLOCK
with shown as (
    select track_id, features_provider, energy, tempo from gold.tracks
    where track_id in (select track_id from changed.gold_audio_features where track_id not in (select track_id from changed.gold_tracks)) -- incremental
    union all select track_id, features_provider, energy, tempo from changed.gold_tracks where is_new -- incremental
),
-- Nothing was said of the new ones before: their features are among those that came. -- incremental
further as ( -- incremental
    select track_id from changed.gold_tracks where is_new -- incremental
    except select track_id from changed.gold_audio_features -- incremental
    except select track_id from new_tracks -- incremental
), -- incremental
resolved as (
    select track_id, provider, energy, tempo from gold.audio_features
    where track_id in (from further) -- incremental
    union all select track_id, provider, energy, tempo from changed.gold_audio_features where is_new -- incremental
)
select t.track_id
from shown t
left join resolved f using (track_id)
where t.features_provider is distinct from f.provider or t.energy is distinct from f.energy or t.tempo is distinct from f.tempo
