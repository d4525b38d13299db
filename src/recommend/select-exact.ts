// The nearest tracks that keep the rules, by looking at all of them: as many passes as the rules make necessary, each going on where the
// one before it ended. What the rules have ruled out by then is passed over, so that a pass keeps few however many they take away.
import type { ExactRequest, Neighbor } from './exact-search.ts';
import type { Selection } from './selection.ts';

export interface SelectRequest extends Pick<ExactRequest, 'count' | 'distance' | 'among'> {
  readonly selection: Selection;
  readonly first: number;
  /** Tracks that the first pass keeps. */
  readonly firstKept: number;
}

/** Tracks that a later pass keeps: each one kept moves half of them. */
const MOST_KEPT = 4_096;

/** @param search one pass for many requests; the nearest of each, nearest first */
export async function selectExact(
  requests: readonly SelectRequest[],
  search: (requests: readonly ExactRequest[]) => Promise<Neighbor[][]>,
): Promise<Neighbor[][]> {
  const choices = requests.map((request) => ({
    request,
    choice: request.selection.begin(),
    k: request.firstKept,
    after: null as Neighbor | null,
  }));
  let open = choices;
  while (open.length > 0) {
    const found = await search(
      open.map(({ request: { count, distance, among = null }, choice, k, after }) => ({
        count,
        distance,
        among,
        k,
        after,
        accept: choice.accepts,
      })),
    );
    for (const [at, one] of open.entries()) {
      one.choice.take(found[at] ?? []);
      one.after = found[at]?.at(-1) ?? null;
    }
    // Enough, or all there are; otherwise the rules took many away.
    open = open.filter(
      ({ request, choice, k }, at) => choice.taken.length < request.first && (found[at]?.length ?? 0) >= k,
    );
    for (const one of open) one.k = Math.max(one.k, MOST_KEPT);
  }
  return choices.map(({ choice }) => [...choice.taken]);
}
