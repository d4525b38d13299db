// How the index behind similar tracks was built, and how good it is.
import type { TrackSimilarity } from '../../recommend/similar-tracks.ts';
import { builder } from '../builder.ts';

const SimilarityIndexRef = builder.objectRef<TrackSimilarity>('SimilarityIndex').implement({
  description: 'How the index of this snapshot was built, and how good it is.',
  fields: (t) => ({
    snapshotId: t.id({
      nullable: false,
      description: 'The snapshot it was built for.',
      resolve: ({ facts }) => facts.snapshotId,
    }),
    recipe: t.string({
      nullable: false,
      description: 'How features become a vector: name/version.',
      resolve: ({ facts }) => facts.recipe,
    }),
    fittedOn: t.id({
      nullable: false,
      description:
        'The snapshot whose means and deviations scale the features; an older one while the data has not drifted from it.',
      resolve: ({ facts }) => facts.fit.snapshotId,
    }),
    vectors: t.int({
      nullable: false,
      description: 'Tracks in it: those with audio features.',
      resolve: ({ facts }) => facts.vectors,
    }),
    dim: t.int({
      nullable: false,
      description:
        "Numbers per vector: 12 of the track, 12 of its artist's mean, and up to 16 of the context where the catalogue has playlists or genres.",
      resolve: ({ facts }) => facts.dim,
    }),
    space: t.string({
      nullable: false,
      description: 'How distance is measured: cosine.',
      resolve: ({ facts }) => facts.space,
    }),
    m: t.int({
      description: 'HNSW links per node; null when search is exact.',
      resolve: ({ facts }) => facts.m,
    }),
    efConstruction: t.int({
      description: 'HNSW candidates while building; null when search is exact.',
      resolve: ({ facts }) => facts.efConstruction,
    }),
    ef: t.int({
      description: 'HNSW candidates while searching; null when search is exact.',
      resolve: ({ facts }) => facts.ef,
    }),
    buildSeconds: t.float({
      nullable: false,
      description: 'Seconds it took to build.',
      resolve: ({ facts }) => facts.buildSeconds,
    }),
    bytes: t.field({
      type: 'Long',
      nullable: false,
      description: 'Bytes on disk.',
      resolve: ({ bytes }) => bytes,
    }),
    recallAt10: t.float({
      nullable: false,
      description:
        'Share of the exact ten nearest that the graph finds for one track, over up to 150 tracks held back from their own answer. 1 when search is exact.',
      resolve: ({ facts }) => facts.recallAt10,
    }),
    recallAt10Blended: t.float({
      nullable: false,
      description:
        'The same for two tracks taken together, with the candidates that such questions get; smaller catalogues are scanned for them. 1 when search is exact.',
      resolve: ({ facts }) => facts.recallAt10Blended,
    }),
  }),
});

builder.queryField('similarityIndex', (t) =>
  t.field({
    type: SimilarityIndexRef,
    description: 'The index behind similarTracks; null when the snapshot has none.',
    resolve: (_root, _args, context) => context.catalog && context.similarity,
  }),
);
