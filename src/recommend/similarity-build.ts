// Builds what a snapshot's similar tracks are found with, and writes it into a folder.
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeProfiles } from './artist-profiles.ts';
import type { ArtistContext } from './context.ts';
import type { FeatureTable } from './feature-table.ts';
import { hashFile } from './file-hash.ts';
import { type Fit, fitRecipe, measureDrift } from './fit.ts';
import { buildHnsw, type HnswIndex, isHnswAvailable } from './hnsw-index.ts';
import { type MusicMap, makeMusicMap } from './map/music-map.ts';
import { pause } from './pause.ts';
import { measureRecall } from './recall.ts';
import { RECIPE } from './recipe.ts';
import { releaseArray } from './release-array.ts';
import { BLENDED_EF } from './similar-tracks.ts';
import { FACTS_FILE, FORMAT, GRAPH_FILE, type SimilarityFacts, TWINS_FILE } from './similarity-files.ts';
import { makeVectors, type StandardTable, standardiseTable, type VectorSet } from './vectors.ts';

export interface BuildOptions {
  readonly snapshotId: string;
  readonly m: number;
  readonly efConstruction: number;
  readonly ef: number;
  /** Up to so many vectors no graph is built. */
  readonly exactBelow: number;
  /** The fit of the snapshot before; kept unless the data has drifted from it by more than `maxDrift`. */
  readonly previousFit?: Fit | null;
  /** In standard deviations. */
  readonly maxDrift: number;
  readonly monotonic: () => number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly onWarning?: (message: string) => void;
}

const SEED = 42;
const SELF_SEARCHES = 100;

/**
 * The table is used up: its values are gone afterwards.
 *
 * @throws AnnIndexError when the graph could not be written
 */
export async function writeSimilarity(
  folder: string,
  table: FeatureTable,
  context: ArtistContext | null,
  options: BuildOptions,
): Promise<SimilarityFacts> {
  const started = options.monotonic();
  const fit = chooseFit(fitRecipe(table, options.snapshotId), options);
  const standard = standardiseTable(table, fit);
  await pause();
  const set = makeVectors(table, standard, context);
  await pause();
  const profiles = makeProfiles(table, standard, context);
  const map = await makeMusicMap(standard);
  await writeArrays(folder, table, { ...set, ...standard, profiles: profiles.values, map });
  // The graph takes more than all of them: what is not needed again makes room for it.
  releaseArray(standard.own);
  const graph = await writeGraph(folder, set, options);
  const recall = graph
    ? await measureRecall(set, graph, { single: options.ef, blended: options.ef * BLENDED_EF })
    : { single: 1, blended: 1 };
  const facts: SimilarityFacts = {
    format: FORMAT,
    snapshotId: options.snapshotId,
    recipe: RECIPE,
    fit,
    vectors: table.count,
    distinct: graph?.count ?? table.count,
    artists: table.artistIds.count,
    dim: set.dim,
    space: 'cosine',
    m: graph ? options.m : null,
    efConstruction: graph ? options.efConstruction : null,
    ef: graph ? options.ef : null,
    buildSeconds: (options.monotonic() - started) / 1_000,
    recallAt10: recall.single,
    recallAt10Blended: recall.blended,
    map: map.facts,
    files: await hashFolder(folder),
  };
  await writeFile(join(folder, FACTS_FILE), `${JSON.stringify(facts)}\n`);
  return facts;
}

/** The fit of the snapshot before while it still describes the data, so that a small batch does not move every vector. */
function chooseFit(fresh: Fit, { previousFit, maxDrift }: BuildOptions): Fit {
  return previousFit && measureDrift(previousFit, fresh) <= maxDrift ? previousFit : fresh;
}

/** Null where none is built. */
async function writeGraph(folder: string, set: VectorSet, options: BuildOptions): Promise<HnswIndex | null> {
  const count = set.norms.length;
  if (count <= options.exactBelow || !isHnswAvailable()) return null;
  const path = join(folder, GRAPH_FILE);
  const graph = await buildHnsw(
    set.vectors,
    { dim: set.dim, m: options.m, efConstruction: options.efConstruction, seed: SEED },
    path,
    (done) => options.onProgress?.(done, count),
  );
  try {
    graph.verify(SELF_SEARCHES);
  } catch (error) {
    // Exact search is slower and right; a run must not fail for data that graphs do not take to.
    options.onWarning?.((error as Error).message);
    await rm(path);
    return null;
  }
  await writeArray(folder, TWINS_FILE, graph.next);
  return graph;
}

async function writeArrays(
  folder: string,
  { trackIds, artistIds, artists, credits, recordings, songs }: FeatureTable,
  made: VectorSet & StandardTable & { profiles: Float32Array; map: MusicMap },
): Promise<void> {
  const arrays: Readonly<Record<string, ArrayBufferView>> = {
    'vectors.f32': made.vectors,
    'norms.f32': made.norms,
    'missing.u16': made.missing,
    'artists.i32': artists,
    'credit-offsets.u32': credits.offsets,
    'credits.u32': credits.artists,
    'recordings.u32': recordings,
    'songs.u32': songs,
    'profiles.f32': made.profiles,
    'map.f32': made.map.points,
    'map-clusters.u8': made.map.clusters,
    'track-ids.u8': trackIds.bytes,
    'track-ids.u32': trackIds.offsets,
    'artist-ids.u8': artistIds.bytes,
    'artist-ids.u32': artistIds.offsets,
  };
  for (const [name, array] of Object.entries(arrays)) await writeArray(folder, name, array);
}

async function writeArray(folder: string, name: string, array: ArrayBufferView): Promise<void> {
  await writeFile(join(folder, name), new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

async function hashFolder(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of (await readdir(folder)).sort()) hashes[name] = await hashFile(join(folder, name));
  return hashes;
}
