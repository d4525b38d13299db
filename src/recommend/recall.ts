// How much of the truth the graph finds.
import { seededRandomness } from '../clock.ts';
import { cosineMeasure } from './distance.ts';
import { searchExact } from './exact-search.ts';
import type { HnswIndex } from './hnsw-index.ts';
import { toUnit, type VectorSet } from './vectors.ts';

const K = 10;
const SEED = 11;
/** Rows looked at in all: 200 queries up to 250,000 tracks, fewer beyond, so that measuring never takes longer than building. */
const ROWS = 50_000_000;

/**
 * Recall@10 of the graph against exact search over queries that are no vector of the index: midpoints of two tracks, as a request
 * with two seeds has them, and single tracks that are held back from their own answer. 1 for an empty index.
 */
export function measureRecall(set: VectorSet, graph: HnswIndex, ef: number): number {
  const { vectors, dim, norms } = set;
  const count = norms.length;
  const random = seededRandomness(SEED);
  const queries = Math.min(200, Math.max(20, Math.floor(ROWS / Math.max(1, count))));
  const pick = () => Math.floor(random.next() * count);
  let found = 0;
  let wanted = 0;
  for (let n = 0; n < queries; n++) {
    const one = pick();
    const other = n % 2 ? pick() : one;
    const query = midpoint(vectors, dim, one, other);
    const heldBack = one === other ? one : -1;
    const { distance } = cosineMeasure(set, query, null);
    const exact = searchExact({ count, distance, k: K, accept: (label) => label !== heldBack });
    const got = graph
      .search(query, K + 1, ef)
      .filter(({ label }) => label !== heldBack)
      .slice(0, K);
    // A neighbor as near as the tenth is right too: duplicates share their place.
    const limit = (exact.at(-1)?.distance ?? 0) + 1e-6;
    found += Math.min(exact.length, got.filter(({ label }) => distance(label) <= limit).length);
    wanted += exact.length;
  }
  return wanted ? found / wanted : 1;
}

function midpoint(vectors: Float32Array, dim: number, one: number, other: number): number[] {
  return toUnit(
    Array.from(
      { length: dim },
      (_, i) => (vectors[one * dim + i] as number) + (vectors[other * dim + i] as number),
    ),
  );
}
