// The company an artist keeps: which playlists its tracks are on and which genres it goes by, boiled down to a direction of a few
// numbers, so that artists met in the same places point the same way. Nothing is taken from what the tracks sound like.
import { seededRandomness } from '../clock.ts';
import type { IdList } from './id-list.ts';
import { pause } from './pause.ts';

/** One place an artist was met in. */
export interface ContextRow {
  readonly artistId: string;
  /** The place: a playlist or a genre, whatever tells places apart. */
  readonly place: string;
  /** How many of the artist's tracks are there. */
  readonly count: number;
}

export interface ArtistContext {
  readonly dim: number;
  /** [artists x dim]: of length 1, or 0 for an artist that was met with nobody else. */
  readonly directions: Float32Array;
}

/** Dimensions: 12, 16, 24 and 32 found 37.1, 37.8, 37.9 and 38.6 % (docs/similarity.md); each costs building and searching its share. */
const CONTEXT_DIM = 16;
/** Rounds of the subspace iteration; the neighbors no longer change after ten. */
const ROUNDS = 12;
const SEED = 7;

export interface ContextBuilder {
  /** Rows of artists that have no indexed track are passed over. */
  add(row: ContextRow): void;
  /** Null when no two artists share a place. */
  finish(): Promise<ArtistContext | null>;
}

/**
 * Directions by latent semantic analysis: the matrix of artists and places, log(1 + count) x log(artists / (1 + artists in the place)), rows
 * of length 1, projected on its leading right singular vectors by subspace iteration from a seeded start, rows scaled to length 1.
 * Only places with two artists or more tell anything. The same rows in the same order give the same numbers.
 */
export function createContextBuilder(artistIds: IdList): ContextBuilder {
  const placeNumbers = new Map<string, number>();
  const links: Links = { artists: [], places: [], values: [] };
  return {
    add: ({ artistId, place, count }) => {
      const artist = artistIds.find(artistId);
      if (artist < 0 || !(count > 0)) return;
      const number = placeNumbers.get(place) ?? placeNumbers.size;
      placeNumbers.set(place, number);
      links.artists.push(artist);
      links.places.push(number);
      links.values.push(Math.log1p(count));
    },
    finish: async () => {
      const shared = weigh(links, artistIds.count, placeNumbers.size);
      const dim = Math.min(CONTEXT_DIM, shared.width);
      if (dim === 0) return null;
      const basis = await iterate(shared, artistIds.count, dim);
      return { dim, directions: project(shared, basis, artistIds.count, dim) };
    },
  };
}

interface Links {
  readonly artists: number[];
  readonly places: number[];
  readonly values: number[];
}

interface Shared extends Links {
  /** Places that two artists or more share, numbered anew. */
  readonly width: number;
}

function weigh(links: Links, artistCount: number, placeCount: number): Shared {
  const artistsIn = new Uint32Array(placeCount);
  for (const place of links.places) artistsIn[place] = (artistsIn[place] as number) + 1;
  const renumbered = new Int32Array(placeCount).fill(-1);
  let width = 0;
  for (let place = 0; place < placeCount; place++)
    if ((artistsIn[place] as number) > 1) renumbered[place] = width++;
  const kept: Shared = { artists: [], places: [], values: [], width };
  const squares = new Float64Array(artistCount);
  for (let at = 0; at < links.places.length; at++) {
    const place = links.places[at] as number;
    const artist = links.artists[at] as number;
    if ((renumbered[place] as number) < 0) continue;
    const rarity = Math.log(artistCount / (1 + (artistsIn[place] as number)));
    const value = (links.values[at] as number) * Math.max(rarity, 0.1);
    kept.artists.push(artist);
    kept.places.push(renumbered[place] as number);
    kept.values.push(value);
    squares[artist] = (squares[artist] as number) + value * value;
  }
  for (let at = 0; at < kept.values.length; at++) {
    const length = Math.sqrt(squares[kept.artists[at] as number] as number);
    kept.values[at] = (kept.values[at] as number) / length;
  }
  return kept;
}

/** An orthonormal basis [width x dim] of the space of the leading right singular vectors. */
async function iterate(links: Shared, artistCount: number, dim: number): Promise<Float64Array> {
  const random = seededRandomness(SEED);
  const basis = Float64Array.from({ length: links.width * dim }, () => random.next() - 0.5);
  orthonormalise(basis, links.width, dim);
  for (let round = 0; round < ROUNDS; round++) {
    await pause();
    const images = multiply(links, links.artists, links.places, basis, artistCount, dim);
    basis.set(multiply(links, links.places, links.artists, images, links.width, dim));
    orthonormalise(basis, links.width, dim);
  }
  return basis;
}

/** Sums value x row `from` of `input` into row `to` of the result, over all links. */
function multiply(
  { values }: Links,
  to: readonly number[],
  from: readonly number[],
  input: Float64Array,
  rows: number,
  dim: number,
): Float64Array {
  const output = new Float64Array(rows * dim);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const target = (to[at] as number) * dim;
    const source = (from[at] as number) * dim;
    for (let i = 0; i < dim; i++)
      output[target + i] = (output[target + i] as number) + value * (input[source + i] as number);
  }
  return output;
}

/** Gram-Schmidt over the columns of a [rows x dim] matrix, in place, twice for the last digits; a dependent column becomes 0. */
function orthonormalise(matrix: Float64Array, rows: number, dim: number): void {
  for (let column = 0; column < dim; column++) {
    for (let other = 0; other < 2 * column; other++) {
      const earlier = other % column;
      const overlap = dotColumns(matrix, rows, dim, column, earlier);
      for (let row = 0; row < rows; row++) {
        const at = row * dim;
        matrix[at + column] = (matrix[at + column] as number) - overlap * (matrix[at + earlier] as number);
      }
    }
    const length = Math.sqrt(dotColumns(matrix, rows, dim, column, column));
    for (let row = 0; row < rows; row++) {
      const at = row * dim + column;
      matrix[at] = length > 1e-9 ? (matrix[at] as number) / length : 0;
    }
  }
}

function dotColumns(matrix: Float64Array, rows: number, dim: number, a: number, b: number): number {
  let sum = 0;
  for (let row = 0; row < rows; row++)
    sum += (matrix[row * dim + a] as number) * (matrix[row * dim + b] as number);
  return sum;
}

function project(links: Shared, basis: Float64Array, artistCount: number, dim: number): Float32Array {
  const images = multiply(links, links.artists, links.places, basis, artistCount, dim);
  const directions = new Float32Array(artistCount * dim);
  for (let artist = 0; artist < artistCount; artist++) {
    const at = artist * dim;
    let square = 0;
    for (let i = 0; i < dim; i++) square += (images[at + i] as number) ** 2;
    if (square < 1e-18) continue;
    const length = Math.sqrt(square);
    for (let i = 0; i < dim; i++) directions[at + i] = (images[at + i] as number) / length;
  }
  return directions;
}
