// The index of a snapshot as files: vectors, what each stands for, the HNSW graph where there is one, and a sidecar that says how
// all was made. The sidecar has the hash of every other file, and nothing is handed to the native library before it fits.
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AnnIndexError } from '../errors.ts';
import { searchExact } from './exact-search.ts';
import { buildHnsw, type HnswIndex, isHnswAvailable, loadHnsw } from './hnsw-index.ts';
import { DIM, type FeatureRow, type Fit, fitRecipe, makeVectors, RECIPE } from './recipe.ts';

const FORMAT = 1;
const SEED = 42;
const RECALL_QUERIES = 200;
const RECALL_K = 10;

export interface SimilarityFacts {
  readonly format: number;
  readonly snapshotId: string;
  readonly recipe: string;
  readonly fit: Fit;
  readonly vectors: number;
  readonly dim: number;
  readonly space: 'cosine';
  /** Null without an HNSW graph: search is exact. */
  readonly m: number | null;
  readonly efConstruction: number | null;
  readonly ef: number | null;
  readonly buildSeconds: number;
  /** Of the index against exact search over queries spread over the catalogue; 1 when search is exact. */
  readonly recallAt10: number;
  /** SHA-256 by name of file. */
  readonly files: Readonly<Record<string, string>>;
}

export interface BuildOptions {
  readonly snapshotId: string;
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
  /** Up to so many vectors no graph is built. */
  readonly exactBelow: number;
  readonly monotonic: () => number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface SimilarityFiles {
  readonly facts: SimilarityFacts;
  readonly vectors: Float32Array;
  readonly trackIds: readonly string[];
  readonly artistIds: readonly (string | null)[];
  readonly recordingIds: readonly string[];
  readonly index: HnswIndex | null;
  readonly bytes: number;
}

/** Builds and writes everything into an empty folder. Rows are taken by track id, so that their order does not matter. */
export async function writeSimilarity(
  folder: string,
  rows: readonly FeatureRow[],
  options: BuildOptions,
): Promise<SimilarityFacts> {
  const started = options.monotonic();
  const sorted = [...rows].sort((a, b) => (a.trackId < b.trackId ? -1 : 1));
  const fit = fitRecipe(sorted);
  const vectors = makeVectors(sorted, fit);
  const hasGraph = sorted.length > options.exactBelow && isHnswAvailable();
  const index = hasGraph
    ? await buildHnsw(
        vectors,
        { dim: DIM, m: options.m, efConstruction: options.efConstruction, seed: SEED },
        join(folder, 'index.hnsw'),
        (done) => options.onProgress?.(done, sorted.length),
      )
    : null;
  const entries = sorted.map(({ trackId, artistId, recordingId }) => [trackId, artistId, recordingId]);
  await writeFile(
    join(folder, 'vectors.f32'),
    new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength),
  );
  await writeFile(join(folder, 'entries.json'), JSON.stringify(entries));
  const names = ['vectors.f32', 'entries.json', ...(index ? ['index.hnsw'] : [])];
  const facts: SimilarityFacts = {
    format: FORMAT,
    snapshotId: options.snapshotId,
    recipe: RECIPE,
    fit,
    vectors: sorted.length,
    dim: DIM,
    space: 'cosine',
    m: index ? options.m : null,
    efConstruction: index ? options.efConstruction : null,
    ef: index ? options.ef : null,
    buildSeconds: (options.monotonic() - started) / 1_000,
    recallAt10: index ? measureRecall(vectors, index, options.ef) : 1,
    files: Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await hashFile(join(folder, name))])),
    ),
  };
  await writeFile(join(folder, 'similarity.json'), `${JSON.stringify(facts)}\n`);
  return facts;
}

/**
 * Reads and verifies the files. A damaged graph is passed over (search is exact then, `onWarning` hears why); damaged vectors are not.
 *
 * @throws AnnIndexError when vectors or entries are not what was written
 */
export async function readSimilarity(
  folder: string,
  onWarning: (message: string) => void,
): Promise<SimilarityFiles> {
  const facts = JSON.parse(await readFile(join(folder, 'similarity.json'), 'utf8')) as SimilarityFacts;
  if (facts.format > FORMAT)
    throw new AnnIndexError(`The index has format ${facts.format}; this version reads up to ${FORMAT}.`);
  for (const name of ['vectors.f32', 'entries.json']) {
    if ((await hashFile(join(folder, name))) !== facts.files[name]) {
      throw new AnnIndexError(
        `"${join(folder, name)}" is not what was written. Run TRANSFORM to build the index anew.`,
      );
    }
  }
  const bytes = await readFile(join(folder, 'vectors.f32'));
  const vectors = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const entries = JSON.parse(await readFile(join(folder, 'entries.json'), 'utf8')) as [
    string,
    string | null,
    string,
  ][];
  if (vectors.length !== facts.vectors * facts.dim || entries.length !== facts.vectors) {
    throw new AnnIndexError(
      `The index holds ${entries.length} entries and ${vectors.length / facts.dim} vectors instead of ${facts.vectors}.`,
    );
  }
  return {
    facts,
    vectors,
    trackIds: entries.map(([trackId]) => trackId),
    artistIds: entries.map(([, artistId]) => artistId),
    recordingIds: entries.map(([, , recordingId]) => recordingId),
    index: await openGraph(folder, facts, onWarning),
    bytes: await sizeOf(folder, facts),
  };
}

async function openGraph(
  folder: string,
  facts: SimilarityFacts,
  onWarning: (message: string) => void,
): Promise<HnswIndex | null> {
  const expected = facts.files['index.hnsw'];
  if (!expected) return null;
  if (!isHnswAvailable()) {
    onWarning('hnswlib-node was not compiled on this machine: similar tracks are found by exact search.');
    return null;
  }
  const path = join(folder, 'index.hnsw');
  const found = await hashFile(path).catch(() => null);
  if (found !== expected) {
    onWarning(`"${path}" is not what was written: similar tracks are found by exact search.`);
    return null;
  }
  return loadHnsw(path, { dim: facts.dim, count: facts.vectors }).catch((error: Error) => {
    onWarning(error.message);
    return null;
  });
}

function measureRecall(vectors: Float32Array, index: HnswIndex, ef: number): number {
  const count = vectors.length / DIM;
  const step = Math.max(1, Math.floor(count / RECALL_QUERIES));
  let found = 0;
  let wanted = 0;
  for (let label = 0; label < count; label += step) {
    const query = vectors.subarray(label * DIM, (label + 1) * DIM);
    const exact = new Set(
      searchExact({ vectors, dim: DIM, query, k: RECALL_K }).map((neighbor) => neighbor.label),
    );
    found += index.search(query, RECALL_K, ef).filter((neighbor) => exact.has(neighbor.label)).length;
    wanted += exact.size;
  }
  return wanted ? found / wanted : 1;
}

async function sizeOf(folder: string, facts: SimilarityFacts): Promise<number> {
  let bytes = 0;
  for (const name of Object.keys(facts.files)) {
    const handle = await open(join(folder, name), 'r').catch(() => null);
    bytes += (await handle?.stat())?.size ?? 0;
    await handle?.close();
  }
  return bytes;
}

async function hashFile(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
