// How far a track is from what is asked for. Every measure can be taken apart into parts by feature that add up to it.
import { type Fit, standardiseRaw } from './fit.ts';
import { COMPONENTS, FEATURE_ORDER, type FeatureName, type PartName, partOf } from './recipe.ts';
import { toUnit } from './vectors.ts';

/** Rows as a measure reads them. */
export interface Rows {
  readonly dim: number;
  /** [n x dim], unit vectors row by row. */
  readonly vectors: Float32Array;
  /** Length of each row's sound before scaling, and the share of it in a row. */
  readonly norms: Float32Array;
}

export interface Measure {
  /** 0 or more; smaller is nearer. */
  distance(label: number): number;
  /** Parts of that distance, the largest first. */
  explain(label: number): Contribution[];
}

export interface Contribution {
  readonly feature: PartName;
  readonly value: number;
}

/**
 * 1 - cosine, 0..2. With weights both sides are multiplied by them, dimension by dimension, and scaled to length 1 again.
 *
 * Parts: for unit vectors 1 - u.v = sum of (u_i - v_i)^2 / 2, so that a feature's part is never negative.
 *
 * @param query unit vector
 */
export function cosineMeasure(
  { vectors, dim }: Rows,
  query: readonly number[],
  weights: readonly number[] | null,
): Measure {
  const u = toUnit(weights ? query.map((value, i) => value * (weights[i] ?? 1)) : query);
  const q = Float64Array.from(u);
  const plain = (label: number) => {
    let dot = 0;
    for (let i = 0, at = label * dim; i < dim; i++, at++) dot += (q[i] as number) * (vectors[at] as number);
    return 1 - dot;
  };
  const w = Float64Array.from(weights ?? []);
  const weighted = (label: number) => {
    let dot = 0;
    let square = 0;
    for (let i = 0, at = label * dim; i < dim; i++, at++) {
      const value = (vectors[at] as number) * (w[i] as number);
      dot += (q[i] as number) * value;
      square += value * value;
    }
    return square > 0 ? 1 - dot / Math.sqrt(square) : 1;
  };
  return {
    distance: weights ? weighted : plain,
    explain: (label) => {
      const row = Array.from(vectors.subarray(label * dim, (label + 1) * dim));
      const v = toUnit(weights ? row.map((value, i) => value * (weights[i] ?? 1)) : row);
      return sumParts(u.map((value, i) => [partOf(i), (value - (v[i] as number)) ** 2 / 2]));
    },
  };
}

/**
 * Half the mean squared deviation from targets, in standard deviations of the catalogue, weighted: what is asked for by a mood alone,
 * where there is no direction to compare with. 0 = all targets met.
 */
export function targetMeasure(
  { vectors, dim, norms }: Rows,
  fit: Fit,
  targets: readonly Target[],
  soundShare: (label: number) => number,
): Measure {
  const weightSum = targets.reduce((sum, { weight }) => sum + weight ** 2, 0);
  const goals = targets.map(({ feature, value, weight }) => {
    const at = FEATURE_ORDER.indexOf(feature);
    const own = COMPONENTS[at]?.weight ?? 1;
    return {
      at,
      feature,
      goal: standardiseRaw(fit, at, value) / own,
      own,
      factor: weight ** 2 / weightSum / 2,
    };
  });
  const part = (label: number, { at, goal, own, factor }: (typeof goals)[number]) => {
    const scale = (norms[label] as number) / soundShare(label) / own;
    return factor * ((vectors[label * dim + at] as number) * scale - goal) ** 2;
  };
  return {
    distance: (label) => {
      let sum = 0;
      for (const goal of goals) sum += part(label, goal);
      return sum;
    },
    explain: (label) => sumParts(goals.map((goal) => [goal.feature, part(label, goal)])),
  };
}

export interface Target {
  readonly feature: FeatureName;
  /** In the feature's own unit. */
  readonly value: number;
  /** Above 0. */
  readonly weight: number;
}

function sumParts(parts: readonly (readonly [PartName, number])[]): Contribution[] {
  const sums = new Map<PartName, number>();
  for (const [feature, value] of parts) sums.set(feature, (sums.get(feature) ?? 0) + value);
  return [...sums]
    .map(([feature, value]) => ({ feature, value }))
    .sort((a, b) => b.value - a.value || (a.feature < b.feature ? -1 : 1));
}

/** One factor per dimension of a vector from one per part; null when all are 1. */
export function spreadWeights(
  dim: number,
  factors: Readonly<Partial<Record<PartName, number | null | undefined>>>,
): number[] | null {
  const weights = Array.from({ length: dim }, (_, i) => factors[partOf(i)] ?? 1);
  return weights.every((weight) => weight === 1) ? null : weights;
}
