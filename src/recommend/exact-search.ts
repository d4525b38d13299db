// The nearest tracks by looking at all of them, or at those a filter leaves. Exact; cut into slices so that it never holds the event
// loop for longer than one of them takes.
import type { LabelSet } from './label-set.ts';
import { pause } from './pause.ts';

export interface Neighbor {
  readonly label: number;
  readonly distance: number;
}

export interface ExactRequest {
  /** Rows there are. */
  readonly count: number;
  readonly distance: (label: number) => number;
  readonly k: number;
  /** Rows to look at; all unless stated. */
  readonly among?: LabelSet | null;
  /** Where an earlier search ended: nothing that is nearer, or as near under a smaller label, comes back. */
  readonly after?: Neighbor | null;
  /** Rows that may come back; all unless stated. */
  readonly accept?: (label: number) => boolean;
}

/** Rows between two breaths: 4,096 of 48 dimensions take about 0.25 ms, and 1 to 2 where every feature of a mood is compared besides. */
const SLICE_ROWS = 4_096;

/** The k nearest, by distance, then label. */
export function searchExact(request: ExactRequest): Neighbor[] {
  const best = createBest(request);
  best.look(0, request.count);
  return best.found;
}

/**
 * The same for many requests in one pass over the rows; other work goes on between slices, whichever request they are of.
 *
 * @param wait resolves when it is this work's turn again; what it throws ends the search
 */
export async function searchExactInSlices(
  requests: readonly ExactRequest[],
  wait: () => Promise<void> = pause,
): Promise<Neighbor[][]> {
  const searches = requests.map((request) => ({ request, best: createBest(request) }));
  const count = Math.max(0, ...requests.map((request) => request.count));
  let left = SLICE_ROWS;
  for (let from = 0; from < count; from += SLICE_ROWS) {
    for (const { request, best } of searches) {
      const to = Math.min(from + SLICE_ROWS, request.count);
      if (to - from > left) {
        await wait();
        left = SLICE_ROWS;
      }
      left -= Math.max(0, to - from);
      best.look(from, to);
    }
  }
  return searches.map(({ best }) => best.found);
}

function createBest({ distance, k, among, after, accept }: ExactRequest) {
  const found: Neighbor[] = [];
  // The last one's distance at hand: most rows are compared with it and nothing else.
  let limit = k > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const visit = (label: number) => {
    const value = distance(label);
    // Labels ascend, so that an equal distance is never nearer than what was found before it.
    if (!(value < limit)) return;
    if (after && (value < after.distance || (value === after.distance && label <= after.label))) return;
    if (accept && !accept(label)) return;
    insert(found, { label, distance: value });
    if (found.length > k) found.pop();
    if (found.length === k) limit = found[k - 1]?.distance ?? limit;
  };
  return {
    found,
    look: (from: number, to: number) => {
      if (among) among.each(from, to, visit);
      else for (let label = from; label < to; label++) visit(label);
    },
  };
}

function insert(found: Neighbor[], neighbor: Neighbor): void {
  let low = 0;
  let high = found.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (neighbor.distance < (found[middle]?.distance ?? Number.POSITIVE_INFINITY)) high = middle;
    else low = middle + 1;
  }
  found.splice(low, 0, neighbor);
}
