// The only file that touches hnswlib-node, which ends the process on bad input (RELIABILITY 5.2): everything is checked here
// before a native call, an index never changes once it is built, and a file is only loaded into a fresh object.
import { createRequire } from 'node:module';
import { AnnIndexError } from '../errors.ts';
import type { Neighbor } from './exact-search.ts';

export interface HnswOptions {
  readonly dim: number;
  /** Links per node. */
  readonly m: number;
  /** Candidates while building. */
  readonly efConstruction: number;
  readonly seed: number;
}

export interface HnswIndex {
  readonly count: number;
  /** At most k neighbors by distance; k is cut to the count. @throws AnnIndexError */
  search(query: ArrayLike<number>, k: number, ef: number): Neighbor[];
}

/** Whether the library was compiled on this machine. */
export function isHnswAvailable(): boolean {
  return findLibrary() !== null;
}

/**
 * Builds an index over unit vectors (inner product = cosine) and writes it.
 *
 * @param vectors [n x dim] row by row; the row is the label
 * @throws AnnIndexError for a vector of another dimension or with a component that is not finite
 */
export async function buildHnsw(
  vectors: Float32Array,
  { dim, m, efConstruction, seed }: HnswOptions,
  path: string,
  onProgress: (done: number) => void,
): Promise<HnswIndex> {
  const library = requireLibrary();
  checkVectors(vectors, dim);
  const count = vectors.length / dim;
  const native = new library.HierarchicalNSW('ip', dim);
  native.initIndex(count, m, efConstruction, seed);
  for (let label = 0; label < count; label++) {
    native.addPoint(Array.from(vectors.subarray(label * dim, (label + 1) * dim)), label);
    if (label % 1_000 === 0) {
      onProgress(label);
      // Building blocks the event loop; a worker must be able to give a sign of life and to hear of a cancel.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await native.writeIndex(path);
  return wrap(native, count, dim);
}

/** Loads an index whose bytes the caller has verified. @throws AnnIndexError when it does not fit */
export async function loadHnsw(
  path: string,
  { dim, count }: { dim: number; count: number },
): Promise<HnswIndex> {
  const library = requireLibrary();
  const native = new library.HierarchicalNSW('ip', dim);
  try {
    await native.readIndex(path);
  } catch (error) {
    throw new AnnIndexError(`The index "${path}" could not be loaded; it is searched without.`, {
      cause: error,
    });
  }
  if (native.getCurrentCount() !== count || native.getNumDimensions() !== dim) {
    throw new AnnIndexError(
      `The index "${path}" holds ${native.getCurrentCount()} vectors instead of ${count}; it is searched without.`,
    );
  }
  return wrap(native, count, dim);
}

/** @throws AnnIndexError */
export function checkVectors(vectors: unknown, dim: number): asserts vectors is Float32Array {
  if (!(vectors instanceof Float32Array)) {
    throw new AnnIndexError('The vectors are no Float32Array; one of [n x dim] numbers is expected.');
  }
  if (!Number.isInteger(dim) || dim < 1 || vectors.length === 0 || vectors.length % dim !== 0) {
    throw new AnnIndexError(
      `${vectors.length} numbers are no vectors of dimension ${dim}; a whole number of vectors, at least one, is expected.`,
    );
  }
  const bad = vectors.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new AnnIndexError(
      `The vector ${Math.floor(bad / dim)} holds "${vectors[bad]}"; finite numbers are expected.`,
    );
  }
}

/** A query as the library takes it. @throws AnnIndexError */
export function checkQuery(query: unknown, dim: number): number[] {
  const isList = Array.isArray(query) || query instanceof Float32Array || query instanceof Float64Array;
  if (!isList || query.length !== dim) {
    throw new AnnIndexError(
      `The query is no vector of dimension ${dim}; an array of ${dim} numbers is expected.`,
    );
  }
  const numbers = Array.from(query as ArrayLike<unknown>);
  const bad = numbers.find((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (bad !== undefined || numbers.includes(undefined)) {
    throw new AnnIndexError(`The query holds "${String(bad)}"; finite numbers are expected.`);
  }
  return numbers as number[];
}

function wrap(native: NativeIndex, count: number, dim: number): HnswIndex {
  return {
    count,
    search: (query, k, ef) => {
      const numbers = checkQuery(query, dim);
      if (!Number.isInteger(k) || k < 1)
        throw new AnnIndexError(`k is "${k}"; a whole number from 1 is expected.`);
      if (!Number.isInteger(ef) || ef < 1)
        throw new AnnIndexError(`ef is "${ef}"; a whole number from 1 is expected.`);
      const most = Math.min(k, count);
      native.setEf(Math.max(ef, most));
      const { neighbors, distances } = native.searchKnn(numbers, most, undefined);
      return neighbors
        .map((label, at) => ({ label, distance: distances[at] ?? 0 }))
        .sort((a, b) => a.distance - b.distance || a.label - b.label);
    },
  };
}

interface NativeIndex {
  initIndex(maxElements: number, m: number, efConstruction: number, seed: number): void;
  addPoint(vector: number[], label: number): void;
  searchKnn(query: number[], k: number, filter: undefined): { neighbors: number[]; distances: number[] };
  setEf(ef: number): void;
  writeIndex(path: string): Promise<boolean>;
  readIndex(path: string): Promise<boolean>;
  getCurrentCount(): number;
  getNumDimensions(): number;
}

interface Library {
  HierarchicalNSW: new (space: 'ip', dim: number) => NativeIndex;
}

let library: Library | null | undefined;

function findLibrary(): Library | null {
  if (library !== undefined) return library;
  try {
    library = createRequire(import.meta.url)('hnswlib-node') as Library;
  } catch {
    library = null;
  }
  return library;
}

function requireLibrary(): Library {
  const found = findLibrary();
  if (found) return found;
  throw new AnnIndexError('hnswlib-node was not compiled on this machine; exact search is used instead.');
}
