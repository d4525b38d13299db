// What each provider says of how a track sounds.
import { featuresByProvider } from '../../store/catalog/features-by-provider.ts';
import { builder } from '../builder.ts';
import { nestedListOf } from '../nested-list.ts';
import { AudioFeaturesRef, TrackRef } from '../refs.ts';

builder.objectField(TrackRef, 'audioFeaturesByProvider', (t) =>
  t.field({
    type: [AudioFeaturesRef],
    nullable: false,
    description:
      'What each provider says of it: the one that audioFeatures shows, then the others by name. Empty when none has analysed it.',
    ...nestedListOf(featuresByProvider),
  }),
);
