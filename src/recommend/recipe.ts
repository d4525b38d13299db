// What a feature vector is. The recipe was chosen by measurement (docs/similarity.md): logs, year 2, popularity 0.5, artist
// mean 2; then, where the catalogue has playlists or genres, the company its artist keeps (context.ts).

/** One track as the recipe sees it. Null: not known; tempo in BPM, loudness in dB, duration in ms, the scores 0..1. */
export interface FeatureRow {
  readonly trackId: string;
  /** Empty when missing. */
  readonly name: string;
  /** The first artist; null when there is none. */
  readonly artistId: string | null;
  /** The smallest track id of the same recording. */
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

export type FeatureName = Exclude<keyof FeatureRow, 'trackId' | 'name' | 'artistId' | 'recordingId'>;
/** What a distance can be put down to: a feature of the track, its artist's mean, or the company its artist keeps. */
export type PartName = FeatureName | 'artist' | 'context';

export const RECIPE = 'logs-year2-popularity0.5-artist2-context1/v2';

interface Component {
  readonly name: FeatureName;
  readonly weight: number;
  readonly transform: (value: number) => number;
  /** From what transform gives back to the feature's own unit. */
  readonly invert: (transformed: number) => number;
}

const same = { transform: (value: number) => value, invert: (value: number) => value };
/** A score below 0 does not exist; the floor keeps a wrong one from becoming NaN. */
const logAbove = (floor: number) => ({
  transform: (value: number) => Math.log(Math.max(value, 0) + floor),
  invert: (value: number) => Math.exp(value) - floor,
});

/** Components in the order of the vector; the order is part of the recipe. */
export const COMPONENTS: readonly Component[] = [
  { name: 'danceability', weight: 1, ...same },
  { name: 'energy', weight: 1, ...same },
  { name: 'loudness', weight: 1, ...same },
  { name: 'valence', weight: 1, ...same },
  { name: 'speechiness', weight: 1, ...logAbove(0.001) },
  { name: 'liveness', weight: 1, ...logAbove(0.001) },
  { name: 'acousticness', weight: 1, ...logAbove(0.001) },
  { name: 'instrumentalness', weight: 1, ...logAbove(0.00001) },
  { name: 'durationMs', weight: 1, transform: (ms) => Math.log(Math.max(ms, 10_000)), invert: Math.exp },
  {
    name: 'tempo',
    weight: 1,
    transform: (bpm) => Math.log2(Math.max(bpm, 40)),
    invert: (value) => 2 ** value,
  },
  { name: 'releaseYear', weight: 2, ...same },
  { name: 'popularity', weight: 0.5, ...same },
];

export const FEATURE_ORDER: readonly FeatureName[] = COMPONENTS.map(({ name }) => name);
export const PART_NAMES: readonly PartName[] = [...FEATURE_ORDER, 'artist', 'context'];

/** The track's own components, first in the vector. */
export const OWN_DIM = COMPONENTS.length;
/** The same again for its artist's mean: what every vector has. */
export const SOUND_DIM = 2 * OWN_DIM;
/** Weight of the artist's mean. */
export const ARTIST_WEIGHT = 2;
/** Length of the context beside the sound, which has length 1. */
export const CONTEXT_WEIGHT = 1;

/** Which part each dimension of a vector belongs to. */
export function partOf(dimension: number): PartName {
  if (dimension < OWN_DIM) return FEATURE_ORDER[dimension] as FeatureName;
  return dimension < SOUND_DIM ? 'artist' : 'context';
}
