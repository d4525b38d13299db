// What similar tracks may be asked with, and the limits of it.
import { InvalidInputError } from '../../errors.ts';
import { type ListenedTrack, MAX_INTERESTS } from '../../recommend/listened.ts';
import { FEATURE_ORDER, type FeatureName, PART_NAMES } from '../../recommend/recipe.ts';
import type { Mood, Weights } from '../../recommend/similar-tracks.ts';
import { builder } from '../builder.ts';
import { TrackFilterInput } from '../filters.ts';

const MAX_SEEDS = 100;
const MAX_LISTENED = 1_000;

const WEIGHT = 'Factor, 0..10; 1 unless stated, 0 leaves it out.';
export const FeatureWeightsInput = builder.inputType('FeatureWeights', {
  description:
    'How much each feature counts; not all of them 0. With weights the search is exact. Weights that leave few features, or raise one far above the others, find what is nearest in those, measured in standard deviations.',
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
    popularity: t.float({ description: WEIGHT }),
    artist: t.float({ description: `${WEIGHT} It weighs how near the artists' mean sounds are.` }),
    context: t.float({
      description: `${WEIGHT} It weighs the company the artists keep: playlists their tracks share, and genres.`,
    }),
  }),
});

const FREE = 'free, or as the seeds have it, unless stated.';
const TARGET = `Target, 0..1; ${FREE}`;
export const MoodInput = builder.inputType('MoodInput', {
  description:
    'What tracks should be like, each target in the unit of its feature (0..1, tempo in BPM, loudness in dB); a feature left out, or null, is free, or as the seeds have it. With targets the search is exact. A target draws tracks near; ranges, and key, mode and time signature, are conditions: where has them.',
  fields: (t) => ({
    danceability: t.float({ description: TARGET }),
    energy: t.float({ description: TARGET }),
    valence: t.float({ description: TARGET }),
    acousticness: t.float({ description: TARGET }),
    instrumentalness: t.float({ description: TARGET }),
    liveness: t.float({ description: TARGET }),
    speechiness: t.float({ description: TARGET }),
    tempo: t.float({ description: `Target in BPM, 1..400; ${FREE}` }),
    loudness: t.float({ description: `Target in dB, -60..0; ${FREE}` }),
    durationMs: t.int({ description: `Target in milliseconds, 1..86400000 (a day); ${FREE}` }),
    releaseYear: t.int({
      description: `Target, a year, 1..9999; ${FREE} For a range of years: where: { releaseYear: { between: [1980, 1989] } }.`,
    }),
    popularity: t.int({ description: `Target, 0..100; ${FREE}` }),
  }),
});

/** What a target may be. */
const TARGETS: Readonly<Record<FeatureName, readonly [min: number, max: number]>> = {
  danceability: [0, 1],
  energy: [0, 1],
  valence: [0, 1],
  acousticness: [0, 1],
  instrumentalness: [0, 1],
  liveness: [0, 1],
  speechiness: [0, 1],
  tempo: [1, 400],
  loudness: [-60, 0],
  durationMs: [1, 86_400_000],
  releaseYear: [1, 9_999],
  popularity: [0, 100],
};

export const ListenedTrackInput = builder.inputType('ListenedTrackInput', {
  description: 'A track that somebody listened to.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The track.' }),
    plays: t.int({
      description:
        'How often, 1 or more; 1 unless stated. It counts as log2(1 + plays): ten plays as much as 3.5 tracks.',
    }),
    daysAgo: t.float({
      description:
        'Days since the last time, 0 or more; 0 unless stated. Every 180 days halve what it counts.',
    }),
  }),
});

/** What is meant by near, and which tracks may come back: arguments of every field that finds near tracks. */
export const NEAR_ARGS = builder.args((t) => ({
  away: t.idList({
    description: 'Tracks to move away from, up to 100; none unless stated. None of them comes back.',
  }),
  mood: t.field({
    type: MoodInput,
    description: 'Targets for some features; none unless stated. Like the seeds in everything else.',
  }),
  where: t.field({ type: TrackFilterInput, description: 'Which tracks may come back; all unless stated.' }),
  weights: t.field({
    type: FeatureWeightsInput,
    description: 'How much each feature counts; all the same unless stated.',
  }),
  includeSeedArtists: t.boolean({
    description:
      "Whether the seeds' own artists may come back, on whatever track they are credited; true unless stated.",
  }),
  includeVersions: t.boolean({
    description:
      "Whether other versions of a song may come back, of the seeds' own songs too; then one recording shows once, and never a recording of the seeds. False unless stated.",
  }),
}));

export interface SimilarArgs {
  readonly to?: readonly string[] | null | undefined;
  readonly listened?: readonly ListenedTrack[] | null | undefined;
  readonly interests?: number | null | undefined;
  readonly mood?: Mood | null | undefined;
  readonly weights?: Weights | null | undefined;
  readonly away?: readonly string[] | null | undefined;
  readonly maxPerArtist?: number | null | undefined;
}

/** @throws InvalidInputError */
export function checkSimilarArgs(args: SimilarArgs): void {
  const { to, listened, mood, weights } = args;
  checkNearArgs(args);
  checkSize('to', to?.length ?? 0, MAX_SEEDS);
  checkSize('listened', listened?.length ?? 0, MAX_LISTENED);
  const targets = listTargets(mood);
  const isWithoutSeeds = !to?.length && !listened?.length;
  if (isWithoutSeeds && targets.length === 0)
    throw refuse('to', '0 seeds', `1 to ${MAX_SEEDS} ids, or tracks listened to, or a mood`);
  for (const [at, one] of (listened ?? []).entries()) {
    checkRange(`listened[${at}].plays`, one.plays, 1, 2 ** 31 - 1);
    checkRange(`listened[${at}].daysAgo`, one.daysAgo, 0, 36_500);
  }
  if (isWithoutSeeds && targets.every((name) => weights?.[name] === 0))
    throw refuse(
      'weights',
      '0 for every target of the mood',
      'a weight above 0 for at least one of them, or seeds,',
    );
}

/** What is wrong whatever the seeds. @throws InvalidInputError */
export function checkNearArgs({ away, interests, mood, weights, maxPerArtist }: SimilarArgs): void {
  checkSize('away', away?.length ?? 0, MAX_SEEDS);
  for (const [name, weight] of Object.entries(weights ?? {})) checkRange(`weights.${name}`, weight, 0, 10);
  if (weights && PART_NAMES.every((part) => weights[part] === 0))
    throw refuse('weights', '0 for everything', 'at least one weight above 0');
  for (const name of listTargets(mood)) checkRange(`mood.${name}`, mood?.[name], ...TARGETS[name]);
  checkRange('maxPerArtist', maxPerArtist, 1, 2 ** 31 - 1);
  checkRange('interests', interests, 1, MAX_INTERESTS);
}

function listTargets(mood: Mood | null | undefined): FeatureName[] {
  return FEATURE_ORDER.filter((name) => typeof mood?.[name] === 'number');
}

function checkSize(field: string, size: number, max: number): void {
  if (size > max) throw refuse(field, `${size} entries`, `at most ${max}`);
}

function checkRange(field: string, value: number | null | undefined, min: number, max: number): void {
  if (typeof value === 'number' && !(value >= min && value <= max))
    throw refuse(field, String(value), `a number from ${min} to ${max}`);
}

function refuse(field: string, given: string, expected: string): InvalidInputError {
  return new InvalidInputError(`${field} is ${given}; ${expected} is expected.`, { field, given, expected });
}
