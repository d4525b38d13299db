// From what is asked for to a point in the space of the vectors.

import type { Rows } from './distance.ts';
import type { FeatureName } from './recipe.ts';
import { toUnit } from './vectors.ts';

export type Mood = Readonly<Partial<Record<FeatureName, number | null | undefined>>>;

export interface WeightedLabel {
  readonly label: number;
  /** Above 0; only the ratio to the others counts. */
  readonly weight: number;
}

/** Seeds to move away from count half, so that they turn the direction without outweighing the seeds. */
const AWAY = 0.5;

/** Weighted mean of the seeds' vectors, less half the mean of those to move away from, of length 1. */
export function blend(rows: Rows, seeds: readonly WeightedLabel[], away: readonly WeightedLabel[]): number[] {
  return toUnit(
    Array.from({ length: rows.dim }, (_, i) =>
      aimOf(seeds, away, (label) => rows.vectors[label * rows.dim + i] as number),
    ),
  );
}

/**
 * Weighted mean of one number of the seeds, less half the mean of those to move away from: the opposite of these where there are no seeds.
 *
 * @param read null: it is not known of this one, which says nothing then
 */
export function aimOf(
  seeds: readonly WeightedLabel[],
  away: readonly WeightedLabel[],
  read: (label: number) => number | null,
): number {
  return meanOf(seeds, read) - (seeds.length > 0 ? AWAY : 1) * meanOf(away, read);
}

function meanOf(labels: readonly WeightedLabel[], read: (label: number) => number | null): number {
  let [sum, total] = [0, 0];
  for (const { label, weight } of labels) {
    const value = read(label);
    if (value === null) continue;
    sum += weight * value;
    total += weight;
  }
  return total > 0 ? sum / total : 0;
}
