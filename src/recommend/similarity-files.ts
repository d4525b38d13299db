// The index of a snapshot as files: arrays as they lie in memory (little-endian), the HNSW graph where there is one, and a sidecar that
// says how all was made. The sidecar has the hash of every other file, and nothing is used before its hash fits.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnIndexError } from '../errors.ts';
import type { Credits } from './credits.ts';
import { hashFile } from './file-hash.ts';
import type { Fit } from './fit.ts';
import { type HnswIndex, isHnswAvailable, loadHnsw } from './hnsw-index.ts';
import { type IdList, openIdList } from './id-list.ts';
import type { MusicMap, MusicMapFacts } from './map/music-map.ts';
import { measureOwnUnits, type OwnUnits } from './own-units.ts';

export const FORMAT = 5;
export const FACTS_FILE = 'similarity.json';
export const GRAPH_FILE = 'index.hnsw';
export const TWINS_FILE = 'twins.i32';
const SELF_SEARCHES = 20;

export interface SimilarityFacts {
  readonly format: number;
  readonly snapshotId: string;
  readonly recipe: string;
  readonly fit: Fit;
  readonly vectors: number;
  /** Different ones among them: what the graph holds. */
  readonly distinct: number;
  readonly artists: number;
  readonly dim: number;
  readonly space: 'cosine';
  /** Null without an HNSW graph: search is exact. */
  readonly m: number | null;
  readonly efConstruction: number | null;
  readonly ef: number | null;
  readonly buildSeconds: number;
  /** Of the graph against exact search for one track, held back from its own answer; 1 when search is exact. */
  readonly recallAt10: number;
  /** The same for two tracks taken together. */
  readonly recallAt10Blended: number;
  readonly map: MusicMapFacts;
  /** SHA-256 by name of file. */
  readonly files: Readonly<Record<string, string>>;
}

export interface SimilarityFiles {
  readonly facts: SimilarityFacts;
  readonly dim: number;
  /** [n x dim] */
  readonly vectors: Float32Array;
  readonly norms: Float32Array;
  readonly missing: Uint16Array;
  readonly units: OwnUnits;
  readonly trackIds: IdList;
  readonly artistIds: IdList;
  /** First artist by label; -1 where there is none. */
  readonly artists: Int32Array;
  /** All artists by label. */
  readonly credits: Credits;
  /** Label of the first track of the same recording, by label. */
  readonly recordings: Uint32Array;
  /** Label of the first track of the same song, by label. */
  readonly songs: Uint32Array;
  /** [artists x anything]: artist-profiles.ts knows. */
  readonly profiles: Float32Array;
  readonly map: MusicMap;
  readonly graph: HnswIndex | null;
  /** On disk. */
  readonly bytes: number;
}

/**
 * Reads and verifies the files; the event loop goes on meanwhile. A damaged graph is passed over (search is exact then, `onWarning` hears why);
 * anything else that is damaged is not.
 *
 * @param snapshotId the snapshot it must have been built for
 * @throws AnnIndexError when a file is missing, is not what was written, or belongs to another snapshot or format
 */
export async function readSimilarity(
  folder: string,
  snapshotId: string,
  onWarning: (message: string) => void,
): Promise<SimilarityFiles> {
  const facts = await readFacts(folder, snapshotId);
  const { vectors: count, artists: artistCount, dim } = facts;
  const read = <T extends ArrayBufferView>(name: string, make: ArrayType<T>, length: number | null) =>
    readArray(folder, facts, name, make, length);
  const vectors = await read('vectors.f32', Float32Array, count * dim);
  const norms = await read('norms.f32', Float32Array, count);
  const missing = await read('missing.u16', Uint16Array, count);
  return {
    facts,
    dim,
    vectors,
    norms,
    missing,
    units: measureOwnUnits({ facts, dim, vectors, norms, missing }),
    artists: await read('artists.i32', Int32Array, count),
    credits: {
      offsets: await read('credit-offsets.u32', Uint32Array, count + 1),
      artists: await read('credits.u32', Uint32Array, null),
    },
    recordings: await read('recordings.u32', Uint32Array, count),
    songs: await read('songs.u32', Uint32Array, count),
    profiles: await read('profiles.f32', Float32Array, null),
    map: {
      facts: facts.map,
      points: await read('map.f32', Float32Array, 2 * count),
      clusters: await read('map-clusters.u8', Uint8Array, count),
    },
    trackIds: openIdList(
      await read('track-ids.u8', Uint8Array, null),
      await read('track-ids.u32', Uint32Array, count + 1),
    ),
    artistIds: openIdList(
      await read('artist-ids.u8', Uint8Array, null),
      await read('artist-ids.u32', Uint32Array, artistCount + 1),
    ),
    graph: await openGraph(folder, facts, vectors, onWarning),
    bytes: await sizeOf(folder, facts),
  };
}

/** How the index in a folder was made; what the next build keeps its fit from. @throws AnnIndexError */
export async function readFacts(folder: string, snapshotId: string): Promise<SimilarityFacts> {
  const path = join(folder, FACTS_FILE);
  let facts: SimilarityFacts;
  try {
    facts = JSON.parse(await readFile(path, 'utf8')) as SimilarityFacts;
  } catch (error) {
    throw new AnnIndexError(`"${path}" cannot be read. ${REBUILD}`, { cause: error });
  }
  if (facts.format !== FORMAT)
    throw new AnnIndexError(`"${path}" has format ${facts.format}; this version reads ${FORMAT}. ${REBUILD}`);
  if (facts.snapshotId !== snapshotId)
    throw new AnnIndexError(`"${path}" was built for "${facts.snapshotId}", not "${snapshotId}". ${REBUILD}`);
  return facts;
}

const REBUILD = 'Run TRANSFORM with force to build the index anew.';

interface ArrayType<T> {
  new (buffer: ArrayBuffer): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** @throws AnnIndexError */
async function readArray<T extends ArrayBufferView>(
  folder: string,
  facts: SimilarityFacts,
  name: string,
  make: ArrayType<T>,
  length: number | null,
): Promise<T> {
  const path = join(folder, name);
  const found = await hashFile(path).catch(() => null);
  if (found === null || found !== facts.files[name])
    throw new AnnIndexError(`"${path}" is not what was written. ${REBUILD}`);
  const bytes = await readFile(path);
  if (length !== null && bytes.length !== length * make.BYTES_PER_ELEMENT) {
    throw new AnnIndexError(
      `"${path}" has ${bytes.length} bytes instead of ${length * make.BYTES_PER_ELEMENT}. ${REBUILD}`,
    );
  }
  // A small file may come out of a shared pool, at any offset.
  const isWhole = bytes.byteOffset === 0 && bytes.buffer.byteLength === bytes.byteLength;
  return new make(
    (isWhole
      ? bytes.buffer
      : bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)) as ArrayBuffer,
  );
}

async function openGraph(
  folder: string,
  facts: SimilarityFacts,
  vectors: Float32Array,
  onWarning: (message: string) => void,
): Promise<HnswIndex | null> {
  const expected = facts.files[GRAPH_FILE];
  if (!expected) return null;
  if (!isHnswAvailable()) {
    onWarning('hnswlib-node was not compiled on this machine: similar tracks are found by exact search.');
    return null;
  }
  const path = join(folder, GRAPH_FILE);
  const found = await hashFile(path).catch(() => null);
  if (found !== expected) {
    onWarning(`"${path}" is not what was written: similar tracks are found by exact search. ${REBUILD}`);
    return null;
  }
  try {
    const { vectors: labels, distinct: count, dim } = facts;
    const next = await readArray(folder, facts, TWINS_FILE, Int32Array, labels);
    const graph = await loadHnsw(path, { vectors, next, count, dim });
    graph.verify(SELF_SEARCHES);
    return graph;
  } catch (error) {
    onWarning((error as Error).message);
    return null;
  }
}

async function sizeOf(folder: string, facts: SimilarityFacts): Promise<number> {
  const names = [FACTS_FILE, ...Object.keys(facts.files)];
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
