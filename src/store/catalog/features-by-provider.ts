// What each provider says of how a track sounds (gold.audio_features_by_provider).
import type { AudioFeatures } from './entities.ts';
import { type NestedField, nestedList } from './listing.ts';
import { type FeaturesRow, toAudioFeatures } from './tracks.ts';

/** The ones that a track shows first, the others by provider; parents are ids of tracks. */
export const featuresByProvider: NestedField<readonly AudioFeatures[]> = nestedList<
  FeaturesRow & { readonly provider: string },
  AudioFeatures
>(
  'Track.audioFeaturesByProvider',
  {
    name: 'audio features',
    from: 'gold.audio_features_by_provider f',
    columns: `f.provider, f.danceability, f.energy, f.valence, f.acousticness, f.instrumentalness, f.liveness, f.speechiness, f.tempo,
      f.loudness, f.key, f.mode, f.time_signature`,
    toEntity: (row) => toAudioFeatures(row, row.provider),
  },
  'f.track_id',
  'f.is_resolved desc, f.provider',
);
