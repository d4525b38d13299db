// How far a track is from what is asked for. Every measure can be taken apart into parts by feature that add up to it.
import { type FeatureRows, isKnown, type OwnUnits, readerOf, soundScale } from './own-units.ts';
import { FEATURE_ORDER, type FeatureName, type PartName, partOf } from './recipe.ts';
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
  /** What is nothing as well is no distance away. */
  const fromNothing = (label: number) => {
    for (let i = 0, at = label * dim; i < dim; i++, at++)
      if (vectors[at] !== 0 && weights?.[i] !== 0) return 1;
    return 0;
  };
  return {
    distance: isNothing(u) ? fromNothing : weights ? weighted : plain,
    explain: (label) => {
      const row = Array.from(vectors.subarray(label * dim, (label + 1) * dim));
      const v = toUnit(weights ? row.map((value, i) => value * (weights[i] ?? 1)) : row);
      // Of something and nothing the cosine is 0: the something is all that sets them apart, and its squares add up to the distance, 1.
      const half = isNothing(u) || isNothing(v) ? 1 : 0.5;
      return sumParts(u.map((value, i) => [partOf(i), half * (value - (v[i] as number)) ** 2]));
    },
  };
}

/**
 * `share` of the squared differences from targets, each in standard deviations of the catalogue and times its weight squared. 0 = all met.
 *
 * The differences are taken in the features' own units, not in the logs that vectors have of some: there 0.5 of acousticness would be as good
 * as 0.9. What is not known of a track counts as what is to be expected of it, so that it meets no target, not even one at the mean.
 */
export function targetMeasure(
  rows: FeatureRows & { readonly units: OwnUnits },
  targets: readonly Target[],
  share: number,
): Measure {
  const scaleOf = soundScale(rows);
  const parts = targets.map(({ feature, value, weight }) => {
    const at = FEATURE_ORDER.indexOf(feature);
    const read = readerOf(rows, at, scaleOf);
    const deviation = rows.units.deviation[at] ?? 1;
    const factor = (share * weight ** 2) / deviation ** 2;
    const unknown = factor * (((rows.units.mean[at] ?? 0) - value) ** 2 + deviation ** 2);
    return {
      feature,
      measure: (label: number) => (isKnown(rows, label, at) ? factor * (read(label) - value) ** 2 : unknown),
    };
  });
  return {
    distance: (label) => {
      let sum = 0;
      for (const { measure } of parts) sum += measure(label);
      return sum;
    },
    explain: (label) => sumParts(parts.map(({ feature, measure }) => [feature, measure(label)])),
  };
}

/** Two measures in one: each has its parts in the sum. */
export function addMeasures(one: Measure, other: Measure): Measure {
  return {
    distance: (label) => one.distance(label) + other.distance(label),
    explain: (label) =>
      sumParts(
        [...one.explain(label), ...other.explain(label)].map(({ feature, value }) => [feature, value]),
      ),
  };
}

export function scaleMeasure(measure: Measure, factor: number): Measure {
  return {
    distance: (label) => factor * measure.distance(label),
    explain: (label) =>
      measure.explain(label).map(({ feature, value }) => ({ feature, value: factor * value })),
  };
}

function isNothing(vector: readonly number[]): boolean {
  return vector.every((value) => value === 0);
}

export interface Target {
  readonly feature: FeatureName;
  /** In the feature's own unit. */
  readonly value: number;
  /** Above 0. */
  readonly weight: number;
}

/** Adds parts up by feature, the largest first. */
export function sumParts(parts: readonly (readonly [PartName, number])[]): Contribution[] {
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
