// The map as it is asked for: a sample of its points, and its clusters.
import { seededRandomness } from '../../clock.ts';
import type { LabelSet } from '../label-set.ts';
import type { SimilarityFiles } from '../similarity-files.ts';
import type { MapAxis, MapClusterFacts } from './music-map.ts';

export interface DrawnPoint {
  readonly trackId: string;
  readonly x: number;
  readonly y: number;
  readonly cluster: DrawnCluster;
}

export interface DrawnCluster extends MapClusterFacts {
  readonly id: number;
}

export interface DrawnMap {
  readonly axes: readonly MapAxis[];
  readonly points: readonly DrawnPoint[];
  /** Those that have tracks, with how many of the tracks that pass are in each. */
  readonly clusters: readonly DrawnCluster[];
  readonly silhouette: number;
}

type MapFiles = Pick<SimilarityFiles, 'map' | 'trackIds'>;

const SEED = 3;

/** The same sample of the same snapshot and filter on every call, by track id. */
export function drawMap(files: MapFiles, among: LabelSet | null, sample: number): DrawnMap {
  const { facts, clusters } = files.map;
  const labels = among ? collect(among, clusters.length) : Uint32Array.from(clusters, (_, label) => label);
  const sizes = new Array<number>(facts.clusters.length).fill(0);
  for (const label of labels) sizes[clusters[label] as number] = (sizes[clusters[label] as number] ?? 0) + 1;
  const shown = facts.clusters.map((cluster, id) => ({ ...cluster, id, size: sizes[id] ?? 0 }));
  return {
    axes: facts.axes,
    silhouette: facts.silhouette,
    clusters: shown.filter(({ size }) => size > 0),
    points: Array.from(pick(labels, sample), (label) => toPoint(files, label, shown)),
  };
}

export function findOnMap(files: MapFiles, trackId: string): DrawnPoint | null {
  const label = files.trackIds.find(trackId);
  if (label < 0) return null;
  return toPoint(
    files,
    label,
    files.map.facts.clusters.map((cluster, id) => ({ ...cluster, id })),
  );
}

function toPoint({ map, trackIds }: MapFiles, label: number, clusters: readonly DrawnCluster[]): DrawnPoint {
  const cluster = clusters[map.clusters[label] as number] as DrawnCluster;
  return {
    trackId: trackIds.at(label),
    x: map.points[label * 2] as number,
    y: map.points[label * 2 + 1] as number,
    cluster,
  };
}

function collect(among: LabelSet, count: number): Uint32Array {
  const labels = new Uint32Array(among.count);
  let at = 0;
  among.each(0, count, (label) => {
    labels[at] = label;
    at += 1;
  });
  return labels;
}

/** Some of the labels, in ascending order; shuffles as many as it takes to the front. */
function pick(labels: Uint32Array, most: number): Uint32Array {
  const random = seededRandomness(SEED);
  const count = Math.min(most, labels.length);
  for (let at = 0; at < count; at++) {
    const other = at + Math.floor(random.next() * (labels.length - at));
    [labels[at], labels[other]] = [labels[other] as number, labels[at] as number];
  }
  return labels.subarray(0, count).sort();
}
