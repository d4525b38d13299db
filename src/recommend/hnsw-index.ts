// The only file that touches hnswlib-node, which ends the process on bad input: everything is checked here
// before a native call, an index never changes once it is built, and a file is only loaded into a fresh object.
import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AnnIndexError } from '../errors.ts';
import type { Neighbor } from './exact-search.ts';
import { findTwins } from './twins.ts';

export interface HnswOptions {
  readonly dim: number;
  /** Links per node. */
  readonly m: number;
  /** Candidates while building. */
  readonly efConstruction: number;
  readonly seed: number;
}

export interface HnswIndex {
  /** Vectors in it: equal ones once. */
  readonly count: number;
  /** By label: the next label of the same vector; -1 for the last. */
  readonly next: Int32Array;
  /** Searches up to `samples` of the vectors it was built from, spread evenly. @throws AnnIndexError when over a tenth are not found */
  verify(samples: number): void;
  /**
   * At least min(k, labels) neighbors by distance, then label; equal vectors come together, up to k of them. @throws AnnIndexError
   */
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
  checkSize('m', m);
  checkSize('efConstruction', efConstruction);
  const count = vectors.length / dim;
  const { distinct, isFirst, next } = findTwins(vectors, dim);
  const native = new library.HierarchicalNSW('ip', dim);
  native.initIndex(distinct, m, efConstruction, seed);
  for (let label = 0; label < count; label++) {
    if (isFirst[label]) native.addPoint(Array.from(vectors.subarray(label * dim, (label + 1) * dim)), label);
    if (label % 1_000 === 0) {
      onProgress(label);
      // Building blocks the event loop; a worker must be able to give a sign of life and to hear of a cancel.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await native.writeIndex(path);
  await checkWritten(path, distinct, dim, m);
  return wrap(native, { vectors, next, count: distinct, dim });
}

/** The library reports success on a full disk: the file must hold what every vector takes at the least. */
async function checkWritten(path: string, count: number, dim: number, m: number): Promise<void> {
  const bytes = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  const perVector = 4 * (2 * m) + 4 + 4 * dim + 8 + 4;
  if (bytes >= count * perVector) return;
  throw new AnnIndexError(
    `The index "${path}" has ${bytes} bytes after it was written; at least ${count * perVector} are expected. Free space on the disk and run again.`,
  );
}

/** Loads an index whose bytes the caller has verified, as all of its contents. @throws AnnIndexError when it does not fit */
export async function loadHnsw(path: string, contents: Contents): Promise<HnswIndex> {
  const library = requireLibrary();
  const { count, dim } = contents;
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
      `The index "${path}" holds ${native.getCurrentCount()} vectors of ${native.getNumDimensions()} numbers instead of ${count} of ${dim}; it is searched without.`,
    );
  }
  return wrap(native, contents);
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
    throw new AnnIndexError(`The query holds "${show(bad)}"; finite numbers are expected.`);
  }
  return numbers as number[];
}

/** A whole number from 1, for the library. @throws AnnIndexError */
export function checkSize(name: string, value: unknown): asserts value is number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_SIZE) return;
  throw new AnnIndexError(`${name} is "${show(value)}"; a whole number from 1 to ${MAX_SIZE} is expected.`);
}

/** What the library takes for a size without wrapping around. */
const MAX_SIZE = 2 ** 31 - 1;

/** Anything as text; some values throw when they are asked for one. */
function show(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}

export interface Contents {
  readonly vectors: Float32Array;
  /** Twins: by label the next label of the same vector. */
  readonly next: Int32Array;
  readonly count: number;
  readonly dim: number;
}

function wrap(native: NativeIndex, { vectors, next, count, dim }: Contents): HnswIndex {
  const search = (query: ArrayLike<number>, k: number, ef: number): Neighbor[] => {
    const numbers = checkQuery(query, dim);
    checkSize('k', k);
    checkSize('ef', ef);
    const most = Math.min(k, count);
    native.setEf(Math.max(Math.min(ef, count), most));
    const { neighbors, distances } = native.searchKnn(numbers, most, undefined);
    const found: Neighbor[] = [];
    for (const [at, first] of neighbors.entries()) {
      const distance = distances[at] ?? 0;
      for (let label = first, n = 0; label >= 0 && n < k; label = next[label] ?? -1, n++)
        found.push({ label, distance });
    }
    return found.sort((a, b) => a.distance - b.distance || a.label - b.label);
  };
  return {
    count,
    next,
    search,
    verify: (samples) => {
      const labels = vectors.length / dim;
      const step = Math.max(1, Math.floor(labels / samples));
      let looked = 0;
      let missed = 0;
      for (let label = 0; label < labels; label += step) {
        const own = vectors.subarray(label * dim, (label + 1) * dim);
        const square = own.reduce((sum, value) => sum + value * value, 0);
        const nearest = search(own, 1, SELF_SEARCH_EF)[0]?.distance ?? Number.NaN;
        // A zero vector is at distance 1 from all; a twin of the vector serves as well as the vector itself.
        looked += 1;
        if (!(Math.abs(nearest - (1 - square)) < 1e-3)) missed += 1;
      }
      if (missed > MOST_MISSED * looked)
        throw new AnnIndexError(
          `The index does not find ${missed} of ${looked} of its own vectors; it is searched without.`,
        );
    },
  };
}

/** A graph may leave a vector in a dense place without a way to it; a damaged or foreign one finds next to none. */
const MOST_MISSED = 0.1;
const SELF_SEARCH_EF = 200;

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
