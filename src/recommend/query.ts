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
  const query = new Array<number>(rows.dim).fill(0);
  addMean(query, rows, seeds, 1);
  addMean(query, rows, away, -AWAY);
  return toUnit(query);
}

function addMean(query: number[], rows: Rows, labels: readonly WeightedLabel[], factor: number): void {
  const total = labels.reduce((sum, { weight }) => sum + weight, 0);
  for (const { label, weight } of labels) {
    const share = (factor * weight) / total;
    for (let i = 0; i < rows.dim; i++)
      query[i] = (query[i] as number) + share * (rows.vectors[label * rows.dim + i] as number);
  }
}
