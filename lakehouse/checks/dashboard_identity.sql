-- The dashboard and the search table have a row per track, the feature matrix one per track with features.
-- relation: warehouse.track_dashboard
-- severity: BLOCK
select relation, b.rows
from built.relations b
join (values ('warehouse.track_dashboard', 'gold.tracks'), ('warehouse.track_search', 'gold.tracks'),
    ('warehouse.feature_matrix', 'gold.audio_features')) pairs(relation, same_as) using (relation)
join built.relations s on s.relation = pairs.same_as
where b.rows <> s.rows
