// Similar tracks: the neighbors, why they are near, and how good the index is.
import { InvalidInputError } from '../errors.ts';
import type { Mood, SimilarAnswer, SimilarTrackId, TrackSimilarity, Weights } from '../recommend/service.ts';
import type { TrackFilter } from '../store/catalog/filters.ts';
import { findKnownTrackIds, listTrackIds } from '../store/catalog/track-ids.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';
import { TrackFilterInput } from './filters.ts';
import { readListSize } from './list-size.ts';
import { TrackRef } from './refs.ts';
import { getTrack } from './track-reference.ts';

const DEFAULT_FIRST = 10;
const DEFAULT_MAX_PER_ARTIST = 3;
const MAX_SEEDS = 100;

const ReasonEnum = builder.enumType('NoNeighborsReason', {
  description: 'Why there are no neighbors, or fewer than asked.',
  values: {
    UNKNOWN_TRACK: { description: 'No seed is a track of the catalogue.' },
    NO_AUDIO_FEATURES: { description: 'No seed has audio features, so none is in the index.' },
    FILTER_TOO_NARROW: { description: 'The filter and the cap per artist leave no more.' },
    INDEX_NOT_READY: { description: 'The snapshot has no index.' },
  } as const,
});

const ContributionRef = builder
  .objectRef<{ feature: string; value: number }>('FeatureContribution')
  .implement({
    description: "A feature's part of the distance.",
    fields: (t) => ({
      feature: t.exposeString('feature', {
        nullable: false,
        description: 'danceability, ..., releaseYear, popularity, or artist (the mean of the artist).',
      }),
      value: t.exposeFloat('value', {
        nullable: false,
        description: 'Its part, 0 or more; the parts add up to the distance.',
      }),
    }),
  });

const SimilarTrackRef = builder.objectRef<SimilarTrackId>('SimilarTrack').implement({
  description: 'A near track. similarity = 1 - distance (cosine); contributions add up to the distance.',
  fields: (t) => ({
    track: t.field({
      type: TrackRef,
      nullable: false,
      description: 'The track.',
      resolve: (neighbor, _args, context) => getTrack(context, neighbor.trackId),
    }),
    similarity: t.float({
      nullable: false,
      description: 'Cosine of the feature vectors, -1..1.',
      resolve: ({ distance }) => 1 - distance,
    }),
    distance: t.exposeFloat('distance', { nullable: false, description: '1 - similarity, 0..2.' }),
    contributions: t.field({
      type: [ContributionRef],
      nullable: false,
      description: 'Parts of the distance, the largest (what sets it apart) first.',
      resolve: ({ contributions }) => [...contributions],
    }),
  }),
});

const SimilarTracksRef = builder.objectRef<SimilarAnswer>('SimilarTracks').implement({
  description:
    'Near tracks, the nearest first. One recording shows once, and never a recording of the seeds.',
  fields: (t) => ({
    nodes: t.field({
      type: [SimilarTrackRef],
      nullable: false,
      description: 'The neighbors.',
      resolve: ({ neighbors }) => [...neighbors],
    }),
    isExact: t.exposeBoolean('isExact', {
      nullable: false,
      description: 'Whether all vectors were looked at; false: the HNSW graph was used.',
    }),
    reason: t.field({
      type: ReasonEnum,
      description: 'Why there are none or fewer than asked; null otherwise.',
      resolve: ({ reason }) => reason,
    }),
  }),
});

const WEIGHT = 'Factor, 0..10; 1 unless stated, 0 leaves it out.';
const FeatureWeightsInput = builder.inputType('FeatureWeights', {
  description: 'How much each feature counts. With weights the search is exact.',
  fields: (t) => ({
    danceability: t.float({ description: WEIGHT }),
    energy: t.float({ description: WEIGHT }),
    valence: t.float({ description: WEIGHT }),
    acousticness: t.float({ description: WEIGHT }),
    instrumentalness: t.float({ description: WEIGHT }),
    liveness: t.float({ description: WEIGHT }),
    speechiness: t.float({ description: WEIGHT }),
    tempo: t.float({ description: WEIGHT }),
    loudness: t.float({ description: WEIGHT }),
    durationMs: t.float({ description: WEIGHT }),
    releaseYear: t.float({ description: `${WEIGHT} 0 finds neighbors across decades.` }),
    artist: t.float({ description: `${WEIGHT} It weighs how near the artists' means are.` }),
  }),
});

const TARGET = 'Target, 0..1.';
const MoodInput = builder.inputType('MoodInput', {
  description: 'Targets in 0..1 (tempo in BPM); a feature left out is free, or as the seeds have it.',
  fields: (t) => ({
    danceability: t.float({ description: TARGET }),
    energy: t.float({ description: TARGET }),
    valence: t.float({ description: TARGET }),
    acousticness: t.float({ description: TARGET }),
    instrumentalness: t.float({ description: TARGET }),
    liveness: t.float({ description: TARGET }),
    speechiness: t.float({ description: TARGET }),
    tempo: t.float({ description: 'Target in BPM.' }),
  }),
});

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
    vectors: t.int({
      nullable: false,
      description: 'Tracks in it: those with audio features.',
      resolve: ({ facts }) => facts.vectors,
    }),
    dim: t.int({ nullable: false, description: 'Numbers per vector.', resolve: ({ facts }) => facts.dim }),
    space: t.string({ nullable: false, description: 'cosine', resolve: ({ facts }) => facts.space }),
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
      description: 'Time it took to build, s.',
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
      description: 'Share of the exact ten nearest that it finds, over 200 tracks spread over the catalogue.',
      resolve: ({ facts }) => facts.recallAt10,
    }),
  }),
});

const FIRST = 'Neighbors, 1..100; 10 unless stated.';
const MAX_PER_ARTIST = 'Most tracks of one artist; 3 unless stated.';

builder.objectField(TrackRef, 'similarTracks', (t) =>
  t.field({
    type: SimilarTracksRef,
    nullable: false,
    args: {
      first: t.arg.int({ description: FIRST }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks may come back; all unless stated.' }),
      weights: t.arg({ type: FeatureWeightsInput, description: 'How much each feature counts.' }),
      maxPerArtist: t.arg.int({ description: MAX_PER_ARTIST }),
    },
    description: 'Tracks near this one, its artist included.',
    resolve: (track, args, context) =>
      findSimilar(context, { ...args, to: [track.id], includeSeedArtists: true }),
  }),
);

builder.queryFields((t) => ({
  similarTracks: t.field({
    type: SimilarTracksRef,
    args: {
      to: t.arg.idList({ required: true, description: 'Seeds, up to 100; may be empty with a mood.' }),
      away: t.arg.idList({ description: 'Tracks to move away from, up to 100.' }),
      mood: t.arg({ type: MoodInput, description: 'Targets for some features.' }),
      where: t.arg({ type: TrackFilterInput, description: 'Which tracks may come back; all unless stated.' }),
      weights: t.arg({ type: FeatureWeightsInput, description: 'How much each feature counts.' }),
      maxPerArtist: t.arg.int({ description: MAX_PER_ARTIST }),
      includeSeedArtists: t.arg.boolean({
        description: "Whether the seeds' own artists may come back; true unless stated.",
      }),
      first: t.arg.int({ description: FIRST }),
    },
    description: 'Tracks near the seeds.',
    resolve: (_root, args, context) => findSimilar(context, args),
  }),
  similarityIndex: t.field({
    type: SimilarityIndexRef,
    description: 'The index behind similarTracks; null when the snapshot has none.',
    resolve: (_root, _args, context) => context.catalog && context.similarity,
  }),
}));

interface SimilarArgs {
  readonly to: readonly string[];
  readonly mood?: Mood | null | undefined;
  readonly weights?: Weights | null | undefined;
  readonly away?: readonly string[] | null | undefined;
  readonly where?: TrackFilter | null | undefined;
  readonly maxPerArtist?: number | null | undefined;
  readonly includeSeedArtists?: boolean | null | undefined;
  readonly first?: number | null | undefined;
}

async function findSimilar(context: Context, args: SimilarArgs): Promise<SimilarAnswer> {
  const first = readListSize(args.first, DEFAULT_FIRST, context.config.maxPageSize);
  checkArgs(args);
  const { catalog, similarity } = context;
  if (!similarity) return { neighbors: [], isExact: true, reason: 'INDEX_NOT_READY' };
  const among = args.where ? await listTrackIds(catalog, args.where) : null;
  const answer = similarity.find({
    to: args.to,
    away: args.away ?? [],
    mood: args.mood ?? null,
    weights: args.weights ?? null,
    among,
    first,
    maxPerArtist: args.maxPerArtist ?? DEFAULT_MAX_PER_ARTIST,
    includeSeedArtists: args.includeSeedArtists ?? true,
  });
  if (answer.reason !== 'NO_AUDIO_FEATURES') return answer;
  const known = await findKnownTrackIds(catalog, args.to);
  return known.size > 0 ? answer : { ...answer, reason: 'UNKNOWN_TRACK' };
}

/** @throws InvalidInputError */
function checkArgs({ to, away, mood, weights, maxPerArtist }: SimilarArgs): void {
  const seeds = Math.max(to.length, away?.length ?? 0);
  const hasMood = Object.values(mood ?? {}).some((value) => value !== null && value !== undefined);
  if (seeds > MAX_SEEDS || (to.length === 0 && !hasMood)) {
    throw refuse('to', `${to.length} seeds`, `1 to ${MAX_SEEDS} ids, or a mood`);
  }
  for (const [name, weight] of Object.entries(weights ?? {})) {
    if (typeof weight === 'number' && !(weight >= 0 && weight <= 10))
      throw refuse(`weights.${name}`, String(weight), 'a number from 0 to 10');
  }
  for (const [name, target] of Object.entries(mood ?? {})) {
    const max = name === 'tempo' ? 400 : 1;
    if (typeof target === 'number' && !(target >= 0 && target <= max))
      throw refuse(`mood.${name}`, String(target), `a number from 0 to ${max}`);
  }
  if (typeof maxPerArtist === 'number' && maxPerArtist < 1)
    throw refuse('maxPerArtist', String(maxPerArtist), 'a whole number from 1');
}

function refuse(field: string, given: string, expected: string): InvalidInputError {
  return new InvalidInputError(`${field} is ${given}; ${expected} is expected.`, { field, given, expected });
}
