// Features in their own units, read back out of the vectors: what a target is compared with.
import type { Rows } from './distance.ts';
import type { Fit } from './fit.ts';
import { COMPONENTS, SOUND_DIM } from './recipe.ts';

export interface FeatureRows extends Rows {
  /** Bit i: feature i of the track is not known. */
  readonly missing: Uint16Array;
  readonly facts: { readonly fit: Fit; readonly vectors: number };
}

/** Mean and deviation of each feature in its own unit (loudness in dB, tempo in BPM, ...), in the vector's order. */
export interface OwnUnits {
  readonly mean: readonly number[];
  /** 1 where a feature does not vary. */
  readonly deviation: readonly number[];
}

/** Enough to know a deviation to a hundredth; all tracks of a million would take a tenth of a second. */
const MOST_LOOKED_AT = 10_000;

/** Labels of at most so many tracks, spread evenly. */
export function sampleLabels({ facts }: FeatureRows): number[] {
  const step = Math.max(1, Math.ceil(facts.vectors / MOST_LOOKED_AT));
  return Array.from({ length: Math.ceil(facts.vectors / step) }, (_, at) => at * step);
}

/** Over those of the sample of which a feature is known. */
export function measureOwnUnits(rows: FeatureRows): OwnUnits {
  const scaleOf = soundScale(rows);
  const read = COMPONENTS.map((_, at) => readerOf(rows, at, scaleOf));
  const known = COMPONENTS.map((): number[] => []);
  // Track by track, so that each is scaled once.
  for (const label of sampleLabels(rows))
    for (const [at, values] of known.entries())
      if (isKnown(rows, label, at)) values.push(read[at]?.(label) ?? Number.NaN);
  const columns = known.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length || 1);
    // Single precision leaves a constant feature with a spread that is none.
    return { mean, deviation: variance > 1e-12 * mean ** 2 ? Math.sqrt(variance) : 1 };
  });
  return { mean: columns.map(({ mean }) => mean), deviation: columns.map(({ deviation }) => deviation) };
}

/**
 * Reads one feature of a track in its own unit; where it is not known, the mean that vectors have in its place.
 *
 * @param scaleOf of the rows; the same for readers that go along together, as it remembers the track it was asked about last
 */
export function readerOf(
  rows: FeatureRows,
  at: number,
  scaleOf = soundScale(rows),
): (label: number) => number {
  const { vectors, dim } = rows;
  const { weight = 1, invert = (value: number) => value } = COMPONENTS[at] ?? {};
  const mean = rows.facts.fit.mean[at] ?? 0;
  const unit = (rows.facts.fit.deviation[at] ?? 1) / weight;
  return (label) => invert((vectors[label * dim + at] as number) * scaleOf(label) * unit + mean);
}

/** What a track's sound was divided by when it was scaled. */
export function soundScale(rows: FeatureRows): (label: number) => number {
  let last = -1;
  let scale = 1;
  return (label) => {
    if (label !== last) {
      last = label;
      scale = (rows.norms[label] as number) / soundShare(rows, label);
    }
    return scale;
  };
}

export function isKnown({ missing }: FeatureRows, label: number, at: number): boolean {
  return ((missing[label] as number) & (1 << at)) === 0;
}

/** Share of a row's length that is its sound: all of it where there is no context. */
function soundShare({ vectors, dim }: Rows, label: number): number {
  if (dim === SOUND_DIM) return 1;
  let square = 0;
  for (let i = 0, at = label * dim; i < SOUND_DIM; i++, at++) square += (vectors[at] as number) ** 2;
  return Math.sqrt(square) || 1;
}
