// A map of the music: every track as a point, by what it sounds like alone; neighbors on it are alike, and regions have names.
import { pause } from '../pause.ts';
import { FEATURE_ORDER, OWN_DIM } from '../recipe.ts';
import { releaseArray } from '../release-array.ts';
import type { StandardTable } from '../vectors.ts';
import { nameClusters } from './cluster-names.ts';
import { clusterRows, nearestCenter } from './clusters.ts';
import { findPrincipalAxes, measureCovariance } from './principal-axes.ts';

/** What is on the map besides its points. */
export interface MusicMapFacts {
  readonly axes: readonly MapAxis[];
  readonly clusters: readonly MapClusterFacts[];
  readonly silhouette: number;
}

export interface MapAxis {
  /** Its strongest features with their sign, e.g. "+energy +loudness -acousticness". */
  readonly label: string;
  /** Share of the variance along it, 0..1. */
  readonly share: number;
}

export interface MapClusterFacts {
  readonly label: string;
  readonly size: number;
  /** Mean of its points. */
  readonly x: number;
  readonly y: number;
}

export interface MusicMap {
  readonly facts: MusicMapFacts;
  /** [n x 2]: x and y by label, in standard deviations. */
  readonly points: Float32Array;
  /** Cluster by label: a place in facts.clusters, the largest first. */
  readonly clusters: Uint8Array;
}

/** The features of sound: the first ten; a map by year or popularity would show those and little else. */
const SOUND = FEATURE_ORDER.indexOf('releaseYear');
/** A track further out than this in one feature would stretch the map for all. */
const LIMIT = 3;
/** A worker must be able to give a sign of life. */
const ROWS_PER_TURN = 20_000;
/** Right is more of the first, up more of the second: which way an axis points is otherwise a matter of rounding. */
const ORIENTATION = ['energy', 'danceability'] as const;

/**
 * Points by the first two principal axes of the ten features of sound in standard deviations, cut at +-3; clusters by k-means in all ten.
 *
 * @param standard its first ten components have weight 1
 */
export async function makeMusicMap({ own }: StandardTable): Promise<MusicMap> {
  const count = own.length / OWN_DIM;
  const rows = new Float64Array(count * SOUND);
  for (let label = 0; label < count; label++)
    for (let i = 0; i < SOUND; i++)
      rows[label * SOUND + i] = Math.max(-LIMIT, Math.min(LIMIT, own[label * OWN_DIM + i] as number));
  const { mean, covariance } = measureCovariance(rows, SOUND);
  const axes = findPrincipalAxes(covariance)
    .slice(0, 2)
    .map((axis, at) => orient(axis, ORIENTATION[at] ?? 'energy'));
  await pause();
  const { centers, silhouette } = await clusterRows(rows, SOUND);
  const points = new Float32Array(count * 2);
  const found = new Uint8Array(count);
  for (let label = 0; label < count; label++) {
    if (label % ROWS_PER_TURN === 0) await pause();
    const row = rows.subarray(label * SOUND, (label + 1) * SOUND);
    found[label] = nearestCenter(centers, row);
    for (let axis = 0; axis < axes.length; axis++)
      points[label * 2 + axis] = project(row, mean, axes[axis]?.direction ?? []);
  }
  releaseArray(rows);
  const { clusters, facts } = describeClusters(found, centers, points);
  const shown = axes.map(({ direction, share }) => ({ label: nameAxis(direction), share }));
  return { facts: { axes: shown, clusters: facts, silhouette }, points, clusters };
}

function project(row: Float64Array, mean: readonly number[], direction: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < SOUND; i++)
    sum += (direction[i] as number) * ((row[i] as number) - (mean[i] as number));
  return sum;
}

/** The axis turned so that it grows with a feature, or with its strongest where that one has no part in it. */
function orient<T extends { readonly direction: readonly number[] }>(
  axis: T,
  feature: (typeof ORIENTATION)[number],
): T {
  const part = axis.direction[FEATURE_ORDER.indexOf(feature)] ?? 0;
  const strongest = axis.direction.reduce(
    (best, value) => (Math.abs(value) > Math.abs(best) + 1e-9 ? value : best),
    0,
  );
  const sign = (Math.abs(part) > 0.05 ? part : strongest) < 0 ? -1 : 1;
  return { ...axis, direction: axis.direction.map((value) => sign * value) };
}

function nameAxis(direction: readonly number[]): string {
  return direction
    .map((value, at) => ({ value, name: FEATURE_ORDER[at] ?? '' }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, 3)
    .map(({ value, name }) => `${value < 0 ? '-' : '+'}${name}`)
    .join(' ');
}

/** Clusters numbered by size, with their names and middles. */
function describeClusters(
  found: Uint8Array,
  centers: readonly (readonly number[])[],
  points: Float32Array,
): { clusters: Uint8Array; facts: MapClusterFacts[] } {
  const sums = centers.map(() => ({ size: 0, x: 0, y: 0 }));
  for (const [label, cluster] of found.entries()) {
    const sum = sums[cluster];
    if (!sum) continue;
    sum.size += 1;
    sum.x += points[label * 2] as number;
    sum.y += points[label * 2 + 1] as number;
  }
  const order = sums.map((_, at) => at).sort((a, b) => (sums[b]?.size ?? 0) - (sums[a]?.size ?? 0) || a - b);
  const names = nameClusters(centers);
  const facts = order.map((at) => {
    const { size = 0, x = 0, y = 0 } = sums[at] ?? {};
    return { label: names[at] ?? '', size, x: size ? x / size : 0, y: size ? y / size : 0 };
  });
  const places = centers.map((_, at) => order.indexOf(at));
  return { clusters: found.map((cluster) => places[cluster] ?? 0), facts };
}
