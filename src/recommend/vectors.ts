// From features to vectors, [n x dim] row by row in the tracks' order.
import type { ArtistContext } from './context.ts';
import type { FeatureTable } from './feature-table.ts';
import { type Fit, standardise } from './fit.ts';
import { ARTIST_WEIGHT, CONTEXT_WEIGHT, OWN_DIM, SOUND_DIM } from './recipe.ts';

/** A table's components, standardised and weighted. */
export interface StandardTable {
  /** [n x OWN_DIM]; what is not known stands at the mean, 0. */
  readonly own: Float64Array;
  /** Bit i: component i of the track is not known. */
  readonly missing: Uint16Array;
}

/** Standardises the values where they lie, since they are the largest thing a build holds: the table's values are used up. */
export function standardiseTable({ values, count }: FeatureTable, fit: Fit): StandardTable {
  const missing = new Uint16Array(count);
  for (let label = 0; label < count; label++) {
    for (let i = 0; i < OWN_DIM; i++) {
      const at = label * OWN_DIM + i;
      const value = values[at] as number;
      if (Number.isNaN(value)) missing[label] = (missing[label] as number) | (1 << i);
      values[at] = standardise(fit, i, value);
    }
  }
  return { own: values, missing };
}

export interface VectorSet {
  readonly dim: number;
  /** [n x dim], each of length 1, or 0 for a track without anything known. */
  readonly vectors: Float32Array;
  /** Length of each sound before it was scaled; with it a vector leads back to the features. */
  readonly norms: Float32Array;
}

/**
 * The vectors of a table: the own components; ARTIST_WEIGHT x (sum over the first artist's tracks) / (n + 1); both to length 1
 * together; then, where there is one, CONTEXT_WEIGHT x the direction of the artist's context, and the whole to length 1 again, so
 * that the inner product is the cosine. Double precision, rounded to single at the end.
 */
export function makeVectors(
  table: FeatureTable,
  { own }: StandardTable,
  context: ArtistContext | null,
): VectorSet {
  const { count } = table;
  const means = meanByArtist(table, own);
  const dim = SOUND_DIM + (context?.dim ?? 0);
  const vectors = new Float32Array(count * dim);
  const norms = new Float32Array(count);
  const sound = new Float64Array(SOUND_DIM);
  for (let label = 0; label < count; label++) {
    const artist = table.artists[label] as number;
    for (let i = 0; i < OWN_DIM; i++) {
      sound[i] = own[label * OWN_DIM + i] as number;
      sound[OWN_DIM + i] = artist < 0 ? 0 : ARTIST_WEIGHT * (means[artist * OWN_DIM + i] as number);
    }
    norms[label] = lengthOf(sound);
    writeVector(vectors, label * dim, sound, context, artist);
  }
  return { dim, vectors, norms };
}

/** The vector scaled to length 1; the zero vector stays. */
export function toUnit(vector: readonly number[]): number[] {
  const length = lengthOf(vector);
  return length > 0 ? vector.map((value) => value / length) : [...vector];
}

/** [artists x OWN_DIM]: the sum over the artist's tracks over their number plus one, so that one track alone says little. */
export function meanByArtist({ count, artists, artistIds }: FeatureTable, own: Float64Array): Float64Array {
  const means = new Float64Array(artistIds.count * OWN_DIM);
  const tracks = new Uint32Array(artistIds.count);
  for (let label = 0; label < count; label++) {
    const artist = artists[label] as number;
    if (artist < 0) continue;
    tracks[artist] = (tracks[artist] as number) + 1;
    for (let i = 0; i < OWN_DIM; i++) {
      const at = artist * OWN_DIM + i;
      means[at] = (means[at] as number) + (own[label * OWN_DIM + i] as number);
    }
  }
  for (let at = 0; at < means.length; at++)
    means[at] = (means[at] as number) / ((tracks[Math.floor(at / OWN_DIM)] as number) + 1);
  return means;
}

function writeVector(
  vectors: Float32Array,
  at: number,
  sound: Float64Array,
  context: ArtistContext | null,
  artist: number,
): void {
  const soundLength = lengthOf(sound);
  const direction =
    context && artist >= 0
      ? context.directions.subarray(artist * context.dim, (artist + 1) * context.dim)
      : new Float32Array(0);
  const contextLength = CONTEXT_WEIGHT * lengthOf(direction);
  const whole = Math.hypot(soundLength > 0 ? 1 : 0, contextLength);
  if (whole === 0) return;
  if (soundLength > 0)
    for (let i = 0; i < SOUND_DIM; i++) vectors[at + i] = (sound[i] as number) / soundLength / whole;
  for (let i = 0; i < direction.length; i++)
    vectors[at + SOUND_DIM + i] = (CONTEXT_WEIGHT * (direction[i] as number)) / whole;
}

function lengthOf(values: ArrayLike<number>): number {
  let square = 0;
  for (let i = 0; i < values.length; i++) square += (values[i] as number) ** 2;
  return Math.sqrt(square);
}
