// How far a track is by few features. A cosine compares directions: of one number it keeps the sign alone, and of a few it loses what matters
// most, how much of them a track has. So where weights leave few, the features themselves are compared.
import { type Measure, sumParts } from './distance.ts';
import { type FeatureRows, soundShare } from './own-units.ts';
import type { WeightedLabel } from './query.ts';
import { OWN_DIM, partOf, SOUND_DIM } from './recipe.ts';

/** Below so many numbers' worth of spread (decision 30). */
const FEW = 7;
/** Enough to know a mean square to a hundredth or two. */
const MOST_LOOKED_AT = 10_000;

/** Rows as they were before their sounds were scaled to one length, so that sound and context are as long as each other in the mean. */
interface Lengths {
  readonly scale: (label: number) => number;
  /** Mean square of each dimension. */
  readonly squares: readonly number[];
}

const known = new WeakMap<Float32Array, Lengths>();

function measureLengths(rows: FeatureRows): Lengths {
  const found = known.get(rows.vectors) ?? findLengths(rows);
  known.set(rows.vectors, found);
  return found;
}

function findLengths(rows: FeatureRows): Lengths {
  const { vectors, norms, dim, facts } = rows;
  const step = Math.max(1, Math.floor(facts.vectors / MOST_LOOKED_AT));
  const count = Math.ceil(facts.vectors / step);
  let square = 0;
  for (let label = 0; label < facts.vectors; label += step) square += (norms[label] as number) ** 2 / count;
  const unit = Math.sqrt(square * (dim > SOUND_DIM ? 2 : 1)) || 1;
  const scale = (label: number) => (norms[label] as number) / soundShare(rows, label) / unit;
  const squares = new Array<number>(dim).fill(0);
  for (let label = 0; label < facts.vectors; label += step) {
    const factor = scale(label);
    for (let i = 0; i < dim; i++) {
      const value = (vectors[label * dim + i] as number) * (i < SOUND_DIM ? factor : 1);
      squares[i] = (squares[i] as number) + value ** 2 / count;
    }
  }
  return { scale, squares };
}

/**
 * Whether weights leave few features: (sum of w² s)² / sum of (w² s)² below FEW, s the mean square of each dimension. It is the number of
 * dimensions where all spread alike, and near 1 where one outweighs all others.
 */
export function leavesFew(rows: FeatureRows, weights: readonly number[]): boolean {
  const { squares } = measureLengths(rows);
  const spread = squares.map((square, i) => square * (weights[i] ?? 1) ** 2);
  const sum = spread.reduce((total, value) => total + value, 0);
  return sum ** 2 < FEW * spread.reduce((total, value) => total + value ** 2, 0) || sum === 0;
}

/**
 * Half the squared differences from the mean of the seeds (less half the mean of those to move away from), each times its weight squared, over
 * what these squares are in the mean: 0 is the same, and two tracks by chance are 1 apart. Of one feature it is half the square of the
 * difference in standard deviations, as a mood alone has it. What is not known of a track counts as what is to be expected of it.
 */
export function squaresMeasure(
  rows: FeatureRows,
  { seeds, away }: { seeds: readonly WeightedLabel[]; away: readonly WeightedLabel[] },
  weights: readonly number[],
): Measure {
  const { vectors, dim, missing } = rows;
  const { scale, squares } = measureLengths(rows);
  const used = weights.flatMap((weight, i) => (weight > 0 && (squares[i] ?? 0) > 0 ? [i] : []));
  const mean = used.reduce((sum, i) => sum + (weights[i] ?? 0) ** 2 * (squares[i] ?? 0), 0);
  const factors = used.map((i) => (weights[i] ?? 0) ** 2 / (2 * mean));
  const valueAt = (label: number, i: number, factor: number) =>
    (vectors[label * dim + i] as number) * (i < SOUND_DIM ? factor : 1);
  const meanOf = (labels: readonly WeightedLabel[], i: number) =>
    labels.reduce((sum, { label, weight }) => sum + weight * valueAt(label, i, scale(label)), 0) /
    (labels.reduce((sum, { weight }) => sum + weight, 0) || 1);
  const query = used.map((i) => meanOf(seeds, i) - meanOf(away, i) / 2);
  const partAt = (label: number, at: number, factor: number) => {
    const i = used[at] as number;
    const isUnknown = i < OWN_DIM && ((missing[label] as number) & (1 << i)) !== 0;
    const square = ((query[at] as number) - valueAt(label, i, factor)) ** 2;
    return (factors[at] as number) * (isUnknown ? square + (squares[i] as number) : square);
  };
  return {
    distance: (label) => {
      const factor = scale(label);
      let sum = 0;
      for (let at = 0; at < used.length; at++) sum += partAt(label, at, factor);
      return sum;
    },
    explain: (label) => {
      const factor = scale(label);
      const all = weights.map((_, i) => [partOf(i), 0] as const);
      return sumParts([...all, ...used.map((i, at) => [partOf(i), partAt(label, at, factor)] as const)]);
    },
  };
}
