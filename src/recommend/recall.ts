// How much of the truth the graph finds.
import { seededRandomness } from '../clock.ts';
import { cosineMeasure } from './distance.ts';
import { searchExactInSlices } from './exact-search.ts';
import type { HnswIndex } from './hnsw-index.ts';
import { pause } from './pause.ts';
import { toUnit, type VectorSet } from './vectors.ts';

const K = 10;
const SEED = 11;
/** Rows looked at in all: 200 queries up to 250,000 tracks, fewer beyond, so that measuring never takes longer than building. */
const ROWS = 50_000_000;

export interface Recall {
  /** Of questions about one track, which is held back from its own answer. */
  readonly single: number;
  /** Of questions about two tracks taken together, which lie where the index holds nothing. */
  readonly blended: number;
}

/** Recall@10 of the graph against exact search over seeded queries; 1 for an empty index. @param ef candidates, as a search has them */
export async function measureRecall(
  set: VectorSet,
  graph: HnswIndex,
  ef: { readonly single: number; readonly blended: number },
): Promise<Recall> {
  const count = set.norms.length;
  const random = seededRandomness(SEED);
  const pick = () => Math.floor(random.next() * count);
  const queries = Math.min(200, Math.max(20, Math.floor(ROWS / Math.max(1, count))));
  const tally = { single: 0, blended: 0 };
  const wanted = { single: 0, blended: 0 };
  for (let n = 0; n < queries; n++) {
    const kind = n % 4 === 3 ? 'blended' : 'single';
    const one = pick();
    const query = midpoint(set, one, kind === 'blended' ? pick() : one);
    const heldBack = kind === 'single' ? one : -1;
    const { distance } = cosineMeasure(set, query, null);
    await pause();
    const [exact = []] = await searchExactInSlices([
      { count, distance, k: K, accept: (label) => label !== heldBack },
    ]);
    const got = graph
      .search(query, K + 1, ef[kind])
      .filter(({ label }) => label !== heldBack)
      .slice(0, K);
    // A neighbor as near as the tenth is right too: duplicates share their place.
    const limit = (exact.at(-1)?.distance ?? 0) + 1e-6;
    tally[kind] += Math.min(exact.length, got.filter(({ label }) => distance(label) <= limit).length);
    wanted[kind] += exact.length;
  }
  const share = (kind: 'single' | 'blended') => (wanted[kind] ? tally[kind] / wanted[kind] : 1);
  return { single: share('single'), blended: share('blended') };
}

function midpoint({ vectors, dim }: VectorSet, one: number, other: number): number[] {
  return toUnit(
    Array.from(
      { length: dim },
      (_, i) => (vectors[one * dim + i] as number) + (vectors[other * dim + i] as number),
    ),
  );
}
