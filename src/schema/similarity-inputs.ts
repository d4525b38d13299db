// What similar tracks may be asked with, and the limits of it.
import { InvalidInputError } from '../errors.ts';
import { type ListenedTrack, MAX_INTERESTS } from '../recommend/listened.ts';
import { FEATURE_ORDER, type PartName } from '../recommend/recipe.ts';
import type { Mood, Weights } from '../recommend/service.ts';
import { builder } from './builder.ts';

export const MAX_SEEDS = 100;
export const MAX_LISTENED = 1_000;

const WEIGHT = 'Factor, 0..10; 1 unless stated, 0 leaves it out.';
export const FeatureWeightsInput = builder.inputType('FeatureWeights', {
  description: 'How much each feature counts; not all of them 0. With weights the search is exact.',
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

const TARGET = 'Target, 0..1; free, or as the seeds have it, unless stated.';
export const MoodInput = builder.inputType('MoodInput', {
  description: 'Targets in 0..1 (tempo in BPM); a feature left out is free, or as the seeds have it.',
  fields: (t) => ({
    danceability: t.float({ description: TARGET }),
    energy: t.float({ description: TARGET }),
    valence: t.float({ description: TARGET }),
    acousticness: t.float({ description: TARGET }),
    instrumentalness: t.float({ description: TARGET }),
    liveness: t.float({ description: TARGET }),
    speechiness: t.float({ description: TARGET }),
    tempo: t.float({ description: 'Target in BPM, 0..400; free, or as the seeds have it, unless stated.' }),
  }),
});

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

export interface SimilarArgs {
  readonly to?: readonly string[] | null | undefined;
  readonly listened?: readonly ListenedTrack[] | null | undefined;
  readonly interests?: number | null | undefined;
  readonly mood?: Mood | null | undefined;
  readonly weights?: Weights | null | undefined;
  readonly away?: readonly string[] | null | undefined;
  readonly maxPerArtist?: number | null | undefined;
}

/** All there is to be near in. */
const PARTS: readonly PartName[] = [...FEATURE_ORDER, 'artist', 'context'];

/** @throws InvalidInputError */
export function checkSimilarArgs(args: SimilarArgs): void {
  const { to, away, listened, interests, mood, weights, maxPerArtist } = args;
  checkSize('to', to?.length ?? 0, MAX_SEEDS);
  checkSize('away', away?.length ?? 0, MAX_SEEDS);
  checkSize('listened', listened?.length ?? 0, MAX_LISTENED);
  const hasMood = Object.values(mood ?? {}).some((value) => typeof value === 'number');
  if (!to?.length && !listened?.length && !hasMood)
    throw refuse('to', '0 seeds', `1 to ${MAX_SEEDS} ids, or tracks listened to, or a mood`);
  for (const [at, one] of (listened ?? []).entries()) {
    checkRange(`listened[${at}].plays`, one.plays, 1, 2 ** 31 - 1);
    checkRange(`listened[${at}].daysAgo`, one.daysAgo, 0, 36_500);
  }
  for (const [name, weight] of Object.entries(weights ?? {})) checkRange(`weights.${name}`, weight, 0, 10);
  if (weights && PARTS.every((part) => weights[part] === 0))
    throw refuse('weights', '0 for everything', 'at least one weight above 0');
  for (const [name, target] of Object.entries(mood ?? {}))
    checkRange(`mood.${name}`, target, 0, name === 'tempo' ? 400 : 1);
  checkRange('maxPerArtist', maxPerArtist, 1, 2 ** 31 - 1);
  checkRange('interests', interests, 1, MAX_INTERESTS);
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
