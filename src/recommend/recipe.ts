// What a feature vector is. The recipe was chosen by measurement (BASELINES, Similarity): logs, year 2, popularity 0.5, artist mean 2.
import { invariant } from '../errors.ts';

/** One track as the recipe sees it. Null: not known; tempo in BPM, loudness in dB, duration in ms, the scores 0..1. */
export interface FeatureRow {
  readonly trackId: string;
  /** The first artist; null when there is none. */
  readonly artistId: string | null;
  /** Equal for several tracks of one recording. */
  readonly recordingId: string;
  readonly danceability: number | null;
  readonly energy: number | null;
  readonly loudness: number | null;
  readonly valence: number | null;
  readonly speechiness: number | null;
  readonly liveness: number | null;
  readonly acousticness: number | null;
  readonly instrumentalness: number | null;
  readonly durationMs: number | null;
  readonly tempo: number | null;
  readonly releaseYear: number | null;
  readonly popularity: number | null;
}

export const RECIPE = 'logs-year2-popularity0.5-artist2/v1';

interface Component {
  readonly name: FeatureName;
  readonly weight: number;
  readonly transform: (value: number) => number;
}

const same = (value: number) => value;
const logAbove = (floor: number) => (value: number) => Math.log(value + floor);

/** Components in the order of the vector; the order is part of the recipe. */
const COMPONENTS: readonly Component[] = [
  { name: 'danceability', weight: 1, transform: same },
  { name: 'energy', weight: 1, transform: same },
  { name: 'loudness', weight: 1, transform: same },
  { name: 'valence', weight: 1, transform: same },
  { name: 'speechiness', weight: 1, transform: logAbove(0.001) },
  { name: 'liveness', weight: 1, transform: logAbove(0.001) },
  { name: 'acousticness', weight: 1, transform: logAbove(0.001) },
  { name: 'instrumentalness', weight: 1, transform: logAbove(0.00001) },
  { name: 'durationMs', weight: 1, transform: (ms) => Math.log(Math.max(ms, 10_000)) },
  { name: 'tempo', weight: 1, transform: (bpm) => Math.log2(Math.max(bpm, 40)) },
  { name: 'releaseYear', weight: 2, transform: same },
  { name: 'popularity', weight: 0.5, transform: same },
];

export type FeatureName = Exclude<keyof FeatureRow, 'trackId' | 'artistId' | 'recordingId'>;
export const FEATURE_ORDER: readonly FeatureName[] = COMPONENTS.map(({ name }) => name);

/** Weight of the artist's mean, which follows the track's own components. */
const ARTIST_WEIGHT = 2;

export const OWN_DIM = COMPONENTS.length;
export const DIM = 2 * OWN_DIM;

/** Mean and deviation of each transformed component, in the vector's order. */
export interface Fit {
  readonly recipe: string;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/**
 * Fits the standardisation over rows in their order, in double precision: equal rows give equal figures to the last bit. A
 * constant component gets deviation 1, so that it says nothing.
 */
export function fitRecipe(rows: readonly FeatureRow[]): Fit {
  const columns = COMPONENTS.map(({ name, transform }) =>
    rows.flatMap((row) => {
      const value = row[name];
      return value === null ? [] : [transform(value)];
    }),
  );
  const mean = columns.map((values) => (values.length ? sum(values) / values.length : 0));
  const deviation = columns.map((values, at) => {
    const variance = values.length
      ? sum(values.map((value) => (value - (mean[at] ?? 0)) ** 2)) / values.length
      : 0;
    return variance > 1e-24 ? Math.sqrt(variance) : 1;
  });
  return { recipe: RECIPE, mean, deviation };
}

/** A component's standardised and weighted value; a missing one is the mean, 0. */
export function standardise(fit: Fit, at: number, value: number | null): number {
  const component = COMPONENTS[at];
  if (!component || value === null) return 0;
  const z = (component.transform(value) - (fit.mean[at] ?? 0)) / (fit.deviation[at] ?? 1);
  return z * component.weight;
}

/**
 * Vectors of rows, [n x DIM] row by row: the own components, then ARTIST_WEIGHT x (sum over the first artist's tracks) / (n + 1);
 * each of unit length, so that the inner product is the cosine. A row without anything known is the zero vector.
 */
export function makeVectors(rows: readonly FeatureRow[], fit: Fit): Float32Array {
  const own = rows.map((row) => COMPONENTS.map(({ name }, at) => standardise(fit, at, row[name])));
  const artists = sumByArtist(rows, own);
  const vectors = new Float32Array(rows.length * DIM);
  for (const [at, row] of rows.entries()) {
    const artist = row.artistId === null ? undefined : artists.get(row.artistId);
    const mean = COMPONENTS.map((_, i) =>
      artist ? (ARTIST_WEIGHT * (artist.sum[i] ?? 0)) / (artist.n + 1) : 0,
    );
    vectors.set(toUnit([...(own[at] ?? []), ...mean]), at * DIM);
  }
  return vectors;
}

/** The vector scaled to length 1; the zero vector stays. */
export function toUnit(vector: readonly number[]): number[] {
  const length = Math.sqrt(sum(vector.map((value) => value * value)));
  return length > 0 ? vector.map((value) => value / length) : [...vector];
}

function sumByArtist(
  rows: readonly FeatureRow[],
  own: readonly (readonly number[])[],
): Map<string, { sum: number[]; n: number }> {
  const artists = new Map<string, { sum: number[]; n: number }>();
  for (const [at, { artistId }] of rows.entries()) {
    if (artistId === null) continue;
    const artist = artists.get(artistId) ?? { sum: new Array<number>(OWN_DIM).fill(0), n: 0 };
    const values = own[at];
    invariant(values, 'each row has its values');
    for (let i = 0; i < OWN_DIM; i++) artist.sum[i] = (artist.sum[i] ?? 0) + (values[i] ?? 0);
    artists.set(artistId, { sum: artist.sum, n: artist.n + 1 });
  }
  return artists;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
