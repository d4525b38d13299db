// k-means with a seeded start, and the number of clusters by how well they stand apart.
import { type Randomness, seededRandomness } from '../../clock.ts';
import { pause } from '../pause.ts';

export interface Clustering {
  /** [k][dim] */
  readonly centers: readonly (readonly number[])[];
  /** Mean silhouette of the sample, -1..1; higher: tighter within and farther apart. 0 for one cluster. */
  readonly silhouette: number;
}

const SEED = 5;
/** Numbers of clusters that are tried: fewer say nothing, more cannot be told apart by name or color. */
const FEWEST = 4;
const MOST = 12;
/** Rows the centers are found on, and rows whose silhouette is measured. */
const SAMPLE_ROWS = 5_000;
const SILHOUETTE_ROWS = 1_000;
const ROUNDS = 25;

/**
 * Clusters rows for every number from 4 to 12 (fewer where there are few rows) and keeps the one with the greatest mean silhouette
 * (Rousseeuw 1987) over a sample, the smaller number among equals.
 *
 * @param rows [n x dim]
 */
export async function clusterRows(rows: Float64Array, dim: number): Promise<Clustering> {
  const random = seededRandomness(SEED);
  const sample = sampleRows(rows, dim, SAMPLE_ROWS, random);
  const measured = sample.slice(0, SILHOUETTE_ROWS);
  const most = Math.min(MOST, Math.floor(sample.length / 10));
  if (most < FEWEST) return { centers: [meanOf(sample, dim)], silhouette: 0 };
  const distances = pairwise(measured);
  let best: Clustering | null = null;
  for (let k = FEWEST; k <= most; k++) {
    await pause();
    const centers = findCenters(sample, k, seededRandomness(SEED + k));
    const labels = measured.map((row) => nearestCenter(centers, row));
    const silhouette = measureSilhouette(distances, labels, centers.length);
    if (!best || silhouette > best.silhouette + 1e-9) best = { centers, silhouette };
  }
  return best ?? { centers: [meanOf(sample, dim)], silhouette: 0 };
}

export function nearestCenter(centers: readonly (readonly number[])[], row: Float64Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let at = 0; at < centers.length; at++) {
    const distance = squaredDistance(centers[at] as readonly number[], row);
    if (distance < least) {
      least = distance;
      best = at;
    }
  }
  return best;
}

type Row = Float64Array;

function sampleRows(rows: Float64Array, dim: number, most: number, random: Randomness): Row[] {
  const n = rows.length / dim;
  const places = Uint32Array.from({ length: n }, (_, at) => at);
  const count = Math.min(most, n);
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random.next() * (n - at));
    [places[at], places[other]] = [places[other] as number, places[at] as number];
  }
  return Array.from(places.subarray(0, count), (place) => rows.subarray(place * dim, (place + 1) * dim));
}

function findCenters(sample: readonly Row[], k: number, random: Randomness): number[][] {
  let centers = startCenters(sample, k, random);
  let before = '';
  for (let round = 0; round < ROUNDS; round++) {
    const sums = centers.map((center) => ({ sum: center.map(() => 0), n: 0 }));
    for (const row of sample) {
      const group = sums[nearestCenter(centers, row)] as (typeof sums)[number];
      group.n += 1;
      for (let i = 0; i < row.length; i++) group.sum[i] = (group.sum[i] as number) + (row[i] as number);
    }
    centers = sums.flatMap(({ sum, n }) => (n > 0 ? [sum.map((value) => value / n)] : []));
    const now = sums.map(({ n }) => n).join();
    if (now === before) break;
    before = now;
  }
  return centers;
}

/** k-means++: each next start with a chance in proportion to its squared distance from those before. */
function startCenters(sample: readonly Row[], k: number, random: Randomness): number[][] {
  const centers = [Array.from(sample[Math.floor(random.next() * sample.length)] ?? [])];
  const nearest = sample.map((row) => squaredDistance(centers[0] ?? [], row));
  while (centers.length < k) {
    let left = random.next() * nearest.reduce((sum, value) => sum + value, 0);
    const at = nearest.findIndex((value) => {
      left -= value;
      return left < 0;
    });
    if (at < 0) break;
    const center = Array.from(sample[at] ?? []);
    centers.push(center);
    for (const [i, row] of sample.entries())
      nearest[i] = Math.min(nearest[i] as number, squaredDistance(center, row));
  }
  return centers;
}

function pairwise(rows: readonly Row[]): Float64Array[] {
  return rows.map((row) => Float64Array.from(rows, (other) => Math.sqrt(squaredDistance(row, other))));
}

/** Mean over rows of (b - a) / max(a, b): a the mean distance to its own cluster, b to the nearest other. */
function measureSilhouette(distances: readonly Float64Array[], labels: readonly number[], k: number): number {
  const sizes = new Array<number>(k).fill(0);
  for (const label of labels) sizes[label] = (sizes[label] ?? 0) + 1;
  let sum = 0;
  for (const [at, line] of distances.entries()) {
    const own = labels[at] ?? 0;
    if ((sizes[own] ?? 0) < 2) continue;
    const totals = new Array<number>(k).fill(0);
    for (let other = 0; other < line.length; other++) {
      const label = labels[other] ?? 0;
      totals[label] = (totals[label] ?? 0) + (line[other] as number);
    }
    const a = (totals[own] ?? 0) / ((sizes[own] ?? 0) - 1);
    const others = totals.flatMap((total, label) =>
      label === own || !sizes[label] ? [] : [total / (sizes[label] ?? 1)],
    );
    const b = Math.min(...others);
    if (others.length > 0 && Math.max(a, b) > 0) sum += (b - a) / Math.max(a, b);
  }
  return distances.length ? sum / distances.length : 0;
}

function meanOf(sample: readonly Row[], dim: number): number[] {
  return Array.from(
    { length: dim },
    (_, i) => sample.reduce((sum, row) => sum + (row[i] as number), 0) / (sample.length || 1),
  );
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum;
}
