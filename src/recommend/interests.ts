// Somebody who plays both metal and bossa nova has two interests, and their mean is neither: seeds are told apart before they are blended.
import type { Rows } from './distance.ts';
import { blend, type WeightedLabel } from './query.ts';

export interface Interest {
  readonly seeds: readonly WeightedLabel[];
  /** Unit vector. */
  readonly center: readonly number[];
  /** Share of the seeds' weight, 0..1. */
  readonly share: number;
}

const ROUNDS = 20;
/** Another interest must bring the seeds nearer to their centers: by so much of mean cosine, and so large a part of what was left to gain. */
const LEAST_GAIN = 0.05;
const LEAST_PART = 0.2;

/**
 * Splits seeds into at most `most` interests by spherical k-means from farthest-first starts, as long as another one brings the seeds
 * clearly nearer to their centers. Only the heaviest seeds are looked at. Deterministic.
 *
 * @param seeds heaviest first
 */
export function findInterests(rows: Rows, seeds: readonly WeightedLabel[], most: number): Interest[] {
  const heaviest = most > 1 ? seeds.slice(0, MOST_SEEDS) : seeds;
  let interests = split(rows, heaviest, 1);
  for (let k = 2; k <= Math.min(most, heaviest.length); k++) {
    const finer = split(rows, heaviest, k);
    const left = 1 - measureNearness(rows, interests);
    const gain = measureNearness(rows, finer) - (1 - left);
    if (gain < LEAST_GAIN || gain < LEAST_PART * left) break;
    interests = finer;
  }
  return interests;
}

/** Telling apart a thousand seeds would hold the event loop for some 30 ms; the most played tell the interests. */
const MOST_SEEDS = 200;

function split(rows: Rows, seeds: readonly WeightedLabel[], k: number): Interest[] {
  let centers = pickStarts(rows, seeds, k);
  let groups: WeightedLabel[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    groups = centers.map(() => []);
    for (const seed of seeds) groups[nearestCenter(rows, centers, seed.label)]?.push(seed);
    groups = groups.filter((group) => group.length > 0);
    const moved = groups.map((group) => blend(rows, group, []));
    const isStill =
      moved.length === centers.length && moved.every((center, i) => dot(center, centers[i] ?? []) > 1 - 1e-9);
    centers = moved;
    if (isStill) break;
  }
  const total = seeds.reduce((sum, { weight }) => sum + weight, 0);
  return groups
    .map((group, i) => ({
      seeds: group,
      center: centers[i] as number[],
      share: group.reduce((sum, { weight }) => sum + weight, 0) / total,
    }))
    .sort((a, b) => b.share - a.share || (a.seeds[0]?.label ?? 0) - (b.seeds[0]?.label ?? 0));
}

/** The heaviest seed, then the ones farthest from all picked before. */
function pickStarts(rows: Rows, seeds: readonly WeightedLabel[], k: number): number[][] {
  const heaviest = seeds.reduce((best, seed) =>
    seed.weight > best.weight || (seed.weight === best.weight && seed.label < best.label) ? seed : best,
  );
  const starts = [vectorOf(rows, heaviest.label)];
  while (starts.length < k) {
    const farthest = seeds
      .map(({ label }) => ({ label, near: Math.max(...starts.map((start) => dotRow(rows, start, label))) }))
      .reduce((best, seed) =>
        seed.near < best.near || (seed.near === best.near && seed.label < best.label) ? seed : best,
      );
    starts.push(vectorOf(rows, farthest.label));
  }
  return starts;
}

/** Weighted mean cosine of the seeds to the centers of their interests. */
function measureNearness(rows: Rows, interests: readonly Interest[]): number {
  let sum = 0;
  let total = 0;
  for (const { seeds, center } of interests) {
    for (const { label, weight } of seeds) {
      sum += weight * dotRow(rows, center, label);
      total += weight;
    }
  }
  return sum / total;
}

function nearestCenter(rows: Rows, centers: readonly (readonly number[])[], label: number): number {
  const near = centers.map((center) => dotRow(rows, center, label));
  return near.indexOf(Math.max(...near));
}

function vectorOf({ vectors, dim }: Rows, label: number): number[] {
  return Array.from(vectors.subarray(label * dim, (label + 1) * dim));
}

export function dotRow({ vectors, dim }: Rows, query: readonly number[], label: number): number {
  let sum = 0;
  for (let i = 0; i < dim; i++) sum += (query[i] as number) * (vectors[label * dim + i] as number);
  return sum;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
