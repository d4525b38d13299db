// How far a track is by few features. A cosine compares directions: of one number it keeps the sign alone, and of a few it loses what matters
// most, how much of them a track has. So where weights leave few, the features themselves are compared.
import { type Measure, sumParts } from './distance.ts';
import { type FeatureRows, isKnown, sampleLabels, soundScale } from './own-units.ts';
import { aimOf, type WeightedLabel } from './query.ts';
import { OWN_DIM, partOf, SOUND_DIM } from './recipe.ts';

/** Below so many numbers' worth of spread (decision 30). */
const FEW = 7;

/** What makes rows as long as they were before their sounds were scaled to one length, sound and context as long as each other in the mean. */
interface Lengths {
  /** What a sound is to be divided by besides. */
  readonly unit: number;
  /** Mean square of each dimension, over the tracks of which it is known. */
  readonly squares: readonly number[];
}

const known = new WeakMap<Float32Array, Lengths>();

function measureLengths(rows: FeatureRows): Lengths {
  const found = known.get(rows.vectors) ?? findLengths(rows);
  known.set(rows.vectors, found);
  return found;
}

function findLengths(rows: FeatureRows): Lengths {
  const { vectors, norms, dim } = rows;
  const scaleOf = soundScale(rows);
  const labels = sampleLabels(rows);
  const square = labels.reduce((sum, label) => sum + (norms[label] as number) ** 2, 0) / labels.length;
  const unit = Math.sqrt(square * (dim > SOUND_DIM ? 2 : 1)) || 1;
  const squares = new Array<number>(dim).fill(0);
  const counts = new Array<number>(dim).fill(0);
  for (const label of labels) {
    for (let i = 0; i < dim; i++) {
      if (!knows(rows, label, i)) continue;
      const value = (vectors[label * dim + i] as number) * (i < SOUND_DIM ? scaleOf(label) / unit : 1);
      squares[i] = (squares[i] as number) + value ** 2;
      counts[i] = (counts[i] as number) + 1;
    }
  }
  return { unit, squares: squares.map((sum, i) => sum / (counts[i] || 1)) };
}

/** Whether a number of a track is known of it. What artists and their company are is always. */
const knows = (rows: FeatureRows, label: number, i: number) => i >= OWN_DIM || isKnown(rows, label, i);

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
 * Half the squared differences from what is asked for (aimOf), each times its weight squared, over what these squares are in the mean: 0 is the
 * same, and two tracks by chance are 1 apart. Of one feature it is half the square of the difference in standard deviations, as a mood alone
 * has it. What is not known of a track, or of any seed, counts as what is to be expected of it.
 */
export function squaresMeasure(
  rows: FeatureRows,
  { seeds, away }: { seeds: readonly WeightedLabel[]; away: readonly WeightedLabel[] },
  weights: readonly number[],
): Measure {
  const { vectors, dim, missing } = rows;
  const { unit, squares } = measureLengths(rows);
  const scaleOf = soundScale(rows);
  const mean = squares.reduce((sum, square, i) => sum + (weights[i] ?? 0) ** 2 * square, 0);
  const factors = Float64Array.from(weights, (weight) => (mean > 0 ? weight ** 2 / (2 * mean) : 0));
  const valueAt = (label: number, i: number) =>
    (vectors[label * dim + i] as number) * (i < SOUND_DIM ? scaleOf(label) / unit : 1);
  const query = Float64Array.from(weights, (_, i) =>
    aimOf(seeds, away, (label) => (knows(rows, label, i) ? valueAt(label, i) : null)),
  );
  const used = [...weights.keys()].filter((i) => (factors[i] as number) > 0);
  const sound = Uint8Array.from(used.filter((i) => i < SOUND_DIM));
  const context = Uint8Array.from(used.filter((i) => i >= SOUND_DIM));
  const own = used.filter((i) => i < OWN_DIM);
  const ownBits = own.reduce((bits, i) => bits | (1 << i), 0);
  const varianceAt = (label: number, i: number) => (knows(rows, label, i) ? 0 : (squares[i] as number));
  const asked = seeds.length > 0 ? seeds : away;
  const unknownAsked = weights.map((_, i) =>
    asked.some(({ label }) => knows(rows, label, i)) ? 0 : (squares[i] as number),
  );
  const always = own.reduce((sum, i) => sum + (factors[i] as number) * (unknownAsked[i] as number), 0);
  const sumUnknown = (label: number) =>
    own.reduce((sum, i) => sum + (factors[i] as number) * varianceAt(label, i), 0);
  return {
    distance: (label) => {
      const scale = scaleOf(label) / unit;
      const from = label * dim;
      let sum = always + (((missing[label] as number) & ownBits) === 0 ? 0 : sumUnknown(label));
      for (let at = 0; at < sound.length; at++) {
        const i = sound[at] as number;
        const difference = (query[i] as number) - (vectors[from + i] as number) * scale;
        sum += (factors[i] as number) * difference * difference;
      }
      for (let at = 0; at < context.length; at++) {
        const i = context[at] as number;
        const difference = (query[i] as number) - (vectors[from + i] as number);
        sum += (factors[i] as number) * difference * difference;
      }
      return sum;
    },
    explain: (label) =>
      sumParts(
        weights.map((_, i) => {
          const unknown = (unknownAsked[i] as number) + varianceAt(label, i);
          return [
            partOf(i),
            (factors[i] as number) * (((query[i] as number) - valueAt(label, i)) ** 2 + unknown),
          ];
        }),
      ),
  };
}
