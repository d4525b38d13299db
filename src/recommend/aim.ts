// What a request searches for: a point to be near to, and how far a track is from all that was asked for.
import {
  addMeasures,
  cosineMeasure,
  type Measure,
  scaleMeasure,
  spreadWeights,
  type Target,
  targetMeasure,
} from './distance.ts';
import { leavesFew, squaresMeasure } from './few-features.ts';
import type { Interest } from './interests.ts';
import { blend, type Mood, type WeightedLabel } from './query.ts';
import { FEATURE_ORDER, type PartName } from './recipe.ts';
import type { SimilarityFiles } from './similarity-files.ts';

export type Weights = Readonly<Partial<Record<PartName, number | null | undefined>>>;

export interface Seed {
  readonly trackId: string;
  /** Above 0; only the ratio to the other seeds counts. */
  readonly weight: number;
}

/** The part of a request that says what its tracks should be like; see SimilarRequest. */
interface Wishes {
  readonly mood?: Mood | null;
  readonly weights?: Weights | null;
}

export interface Aim {
  /** Null for a mood alone: there is nothing to search around. */
  readonly query: readonly number[] | null;
  readonly measure: Measure;
  readonly isWeighted: boolean;
  /** Whether the query is a point between tracks. */
  readonly isBlended: boolean;
}

/** The seeds that are in the index, by their labels, and the ids of those that are not. */
export function findSeeds({ trackIds }: SimilarityFiles, asked: readonly Seed[]) {
  const known: WeightedLabel[] = [];
  const unknownIds: string[] = [];
  for (const { trackId, weight } of asked) {
    const label = trackIds.find(trackId);
    if (label < 0) unknownIds.push(trackId);
    else known.push({ label, weight });
  }
  return { known, unknownIds };
}

/** What is near an interest, with the targets of a mood beside it. */
export function aimAt(
  files: SimilarityFiles,
  { mood, weights }: Wishes,
  { seeds }: Interest,
  away: readonly WeightedLabel[],
): Aim {
  const targets = listTargets(mood, weights);
  const { query, near, isWeighted } = aimNear(files, { seeds, away }, targets, weights);
  return {
    query,
    measure: targets.length > 0 ? addMeasures(near, targetMeasure(files, targets, TARGET_SHARE)) : near,
    isWeighted,
    isBlended: seeds.length > 1 || away.length > 0,
  };
}

/**
 * What a squared standard deviation from a target counts beside a cosine distance. Chosen by measurement (decision 29): half of the
 * neighbors come within 0.4 deviations of a target that one track in twenty is beyond.
 */
const TARGET_SHARE = 1 / 8;

/**
 * A mood alone: half the mean of what its targets are missed by, and, with tracks to move away from, so much of how far a track is from
 * their opposite by everything else. Nothing to search around when every target has weight 0.
 */
export function aimAtMood(
  files: SimilarityFiles,
  { mood, weights }: Wishes,
  away: readonly WeightedLabel[],
): Aim[] {
  const targets = listTargets(mood, weights);
  if (targets.length === 0) return [];
  const total = targets.reduce((sum, { weight }) => sum + weight ** 2, 0);
  const met = targetMeasure(files, targets, 1 / (2 * total));
  const opposite = away.length > 0 ? aimNear(files, { seeds: [], away }, targets, weights).near : null;
  const measure = opposite ? addMeasures(met, scaleMeasure(opposite, AWAY_SHARE)) : met;
  return [{ query: null, measure, isWeighted: true, isBlended: true }];
}

/**
 * What the distance from the opposite of tracks to move away from counts beside a mood alone. Measured on the real CSV with three of the
 * hundred tracks that meet a mood best: an eighth takes the ten from 0.72 to 1.40 of distance from them, from 0.54 to 0.92 and from 0.71 to
 * 1.06, and targets are missed by a twentieth of a deviation to a fifth; a half gains 0.1 to 0.2 more, and misses by twice as much.
 */
const AWAY_SHARE = 1 / 8;

/** How near a track is to seeds in all that has no target, which is left out of the comparison. */
function aimNear(
  files: SimilarityFiles,
  { seeds, away }: { seeds: readonly WeightedLabel[]; away: readonly WeightedLabel[] },
  targets: readonly Target[],
  weights: Weights | null | undefined,
): { query: readonly number[]; near: Measure; isWeighted: boolean } {
  const settled = Object.fromEntries(targets.map(({ feature }) => [feature, 0]));
  const spread = spreadWeights(files.dim, { ...weights, ...settled });
  const query = blend(files, seeds, away);
  const near =
    spread && leavesFew(files, spread)
      ? squaresMeasure(files, { seeds, away }, spread)
      : cosineMeasure(files, query, spread);
  return { query, near, isWeighted: spread !== null };
}

/** The targets of a mood, but those whose feature is to be left out. */
function listTargets(mood: Mood | null | undefined, weights: Weights | null | undefined): Target[] {
  return FEATURE_ORDER.flatMap((feature) => {
    const value = mood?.[feature];
    const weight = weights?.[feature] ?? 1;
    return typeof value === 'number' && weight > 0 ? [{ feature, value, weight }] : [];
  });
}
