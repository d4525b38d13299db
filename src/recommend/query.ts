// From what is asked for to a point in the space of the vectors.

import type { Rows } from './distance.ts';
import { type Fit, standardiseRaw } from './fit.ts';
import { COMPONENTS, FEATURE_ORDER, type FeatureName, OWN_DIM, SOUND_DIM, SOUND_SHARE } from './recipe.ts';
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

/**
 * A query with some features set to targets: its sound is brought back to the scale of the features by the mean length of the seeds' sounds,
 * the targets take the place of what the seeds have, and the sound gets its share of the length back.
 */
export function setMood(
  query: readonly number[],
  rows: Rows,
  seeds: readonly WeightedLabel[],
  fit: Fit,
  mood: Mood,
): number[] {
  const sound = query.slice(0, SOUND_DIM);
  const share = Math.hypot(...sound);
  const total = seeds.reduce((sum, { weight }) => sum + weight, 0);
  const norm = seeds.reduce(
    (sum, { label, weight }) => sum + (weight / total) * (rows.norms[label] as number),
    0,
  );
  const raw = sound.map((value) => (share > 0 ? (value / share) * norm : 0));
  for (const [at, name] of FEATURE_ORDER.entries()) {
    const target = mood[name];
    if (typeof target === 'number') raw[at] = standardiseRaw(fit, at, target);
  }
  const kept = share > 0 ? share : SOUND_SHARE;
  return toUnit([...toUnit(raw).map((value) => value * kept), ...query.slice(SOUND_DIM)]);
}

/** Share of a row's length that is its sound: all of it where there is no context. */
export function soundShare({ vectors, dim }: Rows, label: number): number {
  if (dim === SOUND_DIM) return 1;
  let square = 0;
  for (let i = 0, at = label * dim; i < SOUND_DIM; i++, at++) square += (vectors[at] as number) ** 2;
  return Math.sqrt(square) || 1;
}

/** A track's features as the index has them, in standard deviations from the mean of the catalogue; 0 where not known. */
export function readScores(rows: Rows, label: number): number[] {
  const scale = (rows.norms[label] as number) / soundShare(rows, label);
  return Array.from(
    { length: OWN_DIM },
    (_, i) => ((rows.vectors[label * rows.dim + i] as number) * scale) / (COMPONENTS[i]?.weight ?? 1),
  );
}

function addMean(query: number[], rows: Rows, labels: readonly WeightedLabel[], factor: number): void {
  const total = labels.reduce((sum, { weight }) => sum + weight, 0);
  for (const { label, weight } of labels) {
    const share = (factor * weight) / total;
    for (let i = 0; i < rows.dim; i++)
      query[i] = (query[i] as number) + share * (rows.vectors[label * rows.dim + i] as number);
  }
}
