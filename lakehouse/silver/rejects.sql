-- silver.rejects: one row per landed document that could not be typed, with the reason and where to find it.
-- Reads bronze.documents, silver.dataset_tracks, silver.artists, silver.albums, silver.tracks. Nothing vanishes: a document is in
-- its relation or here.
select source, 'malformed_row' as kind, id as document_id, batch_id, 'dataset_tracks' as relation,
    coalesce(body ->> '$.reason', 'malformed row') as reason
from bronze.documents
where kind = 'malformed_row'
union all
select source, 'dataset_row', document_id, batch_id, 'dataset_tracks', reject_reason
from silver.dataset_tracks
where reject_reason is not null
union all
select source, 'dataset_row', id, batch_id, 'artists', 'artist id is not 22 base-62 characters'
from bronze.documents
where kind = 'dataset_row' and source = 'kaggle_1921_2020_artists' and not is_spotify_id(body ->> '$.id')
union all
select source, kind, id, batch_id, kind || 's', 'id "' || id || '" is not 22 base-62 characters'
from bronze.documents
where kind in ('artist', 'album', 'track') and not is_spotify_id(id)
union all
select source, kind, id, batch_id, kind || 's', 'the body is no object with an id'
from bronze.documents
where kind in ('artist', 'album', 'track') and is_spotify_id(id)
    and (not json_valid(body) or coalesce(json_type(if(json_valid(body), body, 'null'), '$.id'), 'NULL') <> 'VARCHAR')
