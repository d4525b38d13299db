// The parameters of the recipe: mean and deviation of each component over a snapshot's tracks.
import type { FeatureTable } from './feature-table.ts';
import { COMPONENTS, OWN_DIM, RECIPE } from './recipe.ts';

/** Mean and deviation of each transformed component, in the vector's order. */
export interface Fit {
  readonly recipe: string;
  /** The snapshot whose tracks it was computed from; an older one's is kept while the data has not drifted. */
  readonly snapshotId: string;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * Fits the standardisation over tracks in their order, in double precision: equal tracks give equal figures to the last bit. A
 * constant component gets deviation 1, so that it says nothing.
 */
export function fitRecipe(table: FeatureTable, snapshotId: string): Fit {
  const columns = COMPONENTS.map((_, at) => fitColumn(table, at));
  return {
    recipe: RECIPE,
    snapshotId,
    mean: columns.map(({ mean }) => mean),
    deviation: columns.map(({ deviation }) => deviation),
  };
}

/** A component's standardised and weighted value; a missing one (NaN) is the mean, 0. */
export function standardise(fit: Fit, at: number, transformed: number): number {
  if (Number.isNaN(transformed)) return 0;
  const z = (transformed - (fit.mean[at] ?? 0)) / (fit.deviation[at] ?? 1);
  return z * (COMPONENTS[at]?.weight ?? 0);
}

/**
 * How far two fits are apart: the greatest shift of a mean in the older deviation, or change of a deviation as |log ratio|. A fit
 * of another recipe is infinitely far.
 */
export function measureDrift(older: Fit, newer: Fit): number {
  if (older.recipe !== newer.recipe || older.mean.length !== newer.mean.length)
    return Number.POSITIVE_INFINITY;
  const shifts = older.mean.map((mean, at) => {
    const deviation = older.deviation[at] ?? 1;
    const shift = Math.abs((newer.mean[at] ?? 0) - mean) / deviation;
    return Math.max(shift, Math.abs(Math.log((newer.deviation[at] ?? 1) / deviation)));
  });
  return Math.max(...shifts);
}

function fitColumn({ values, count }: FeatureTable, at: number): { mean: number; deviation: number } {
  let n = 0;
  let sum = 0;
  for (let label = 0; label < count; label++) {
    const value = values[label * OWN_DIM + at] as number;
    if (Number.isNaN(value)) continue;
    n += 1;
    sum += value;
  }
  const mean = n ? sum / n : 0;
  let squares = 0;
  for (let label = 0; label < count; label++) {
    const value = values[label * OWN_DIM + at] as number;
    if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  }
  const variance = n ? squares / n : 0;
  return { mean, deviation: variance > 1e-24 ? Math.sqrt(variance) : 1 };
}
