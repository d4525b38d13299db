// The hits of a search, each once, and pages of them.
import type { CursorValue } from './cursors.ts';
import type { PagePlan } from './page.ts';
import type { NamedRow, SearchType } from './search-names.ts';

export interface SearchHit {
  readonly type: SearchType;
  readonly id: string;
  /**
   * 0.1..1.1: how well the name fits (name-fit.ts), or a track's or album's name together with names of its artists (credit-fit.ts),
   * whichever is better, plus popularity / 1000. An artist or album whose popularity is not known is as popular as the most popular of its
   * tracks; of an album's, of its first thirty.
   */
  readonly score: number;
}

/** A hit with what orders it. */
interface OrderedHit extends SearchHit {
  readonly tracks: number;
}

/** What is found, with what chooses among those of a group. */
interface FoundHit extends OrderedHit {
  readonly fit: number;
  /** Whether it is the preferred one of market twins. */
  readonly isPreferred: boolean;
}

export class FoundHits {
  readonly #isFolded: boolean;
  readonly #byType: Map<SearchType, Map<string, FoundHit>>;

  /** @param isFolded whether a recording is one hit, by the best of its tracks, and market twins are one (compareOfGroup) */
  constructor(isFolded: boolean, byType: Map<SearchType, Map<string, FoundHit>> = new Map()) {
    this.#isFolded = isFolded;
    this.#byType = byType;
  }

  get count(): number {
    return [...this.#byType.values()].reduce((sum, hits) => sum + hits.size, 0);
  }

  /** Adds a hit; of one that is there already the better one stays. @param fit hundredths of the score */
  add(type: SearchType, { id, group_id, popularity, tracks }: NamedRow, fit: number): void {
    let hits = this.#byType.get(type);
    if (!hits) {
      hits = new Map();
      this.#byType.set(type, hits);
    }
    const isPreferred = type === 'ALBUM' && id === group_id;
    const hit = { type, id, score: fit / 100 + popularity / 1000, tracks, fit, isPreferred };
    const key = this.#isFolded ? group_id : id;
    const known = hits.get(key);
    if (!known || compareOfGroup(hit, known) < 0) hits.set(key, hit);
  }

  /** These hits, for more to be added. */
  copy(): FoundHits {
    return new FoundHits(
      this.#isFolded,
      new Map([...this.#byType].map(([type, hits]) => [type, new Map(hits)])),
    );
  }

  /** The rows of a page, in the order in which they are read. */
  pick({ after, before, isBackward, limit }: PagePlan): OrderedHit[] {
    const [first, last] = [after && toPlace(after), before && toPlace(before)];
    const way = isBackward ? -1 : 1;
    const page: OrderedHit[] = [];
    for (const hits of this.#byType.values()) {
      for (const hit of hits.values()) {
        const least = page.length < limit ? undefined : page.at(-1);
        if (least && way * compare(hit, least) > 0) continue;
        if ((first && compare(hit, first) <= 0) || (last && compare(hit, last) >= 0)) continue;
        page.splice(findPlace(page, hit, way), 0, hit);
        if (page.length > limit) page.pop();
      }
    }
    return page;
  }
}

/**
 * Negative where a comes before b: of hits with the same score those with more tracks (of two artists of a name whom nobody knows, the one
 * whom the catalogue has more of), then a track before the album that is its single.
 */
function compare(a: OrderedHit, b: OrderedHit): number {
  return b.score - a.score || b.tracks - a.tracks || compareTexts(b.type, a.type) || compareTexts(a.id, b.id);
}

/**
 * Negative where a stands for a group rather than b: of a recording the best track; of market twins that whose name fits best, and of equals
 * the preferred one, also where more is known of the tracks of another.
 */
function compareOfGroup(a: FoundHit, b: FoundHit): number {
  if (a.type !== 'ALBUM') return compare(a, b);
  return b.fit - a.fit || Number(b.isPreferred) - Number(a.isPreferred) || compare(a, b);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Where a hit belongs in a page that is in order. */
function findPlace(page: readonly OrderedHit[], hit: OrderedHit, way: number): number {
  let [from, to] = [0, page.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (way * compare(page[middle] as OrderedHit, hit) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The place of a cursor; where one that nobody gave out has nulls, the end. */
function toPlace([score, tracks, type, id]: readonly CursorValue[]): OrderedHit {
  return {
    score: (score ?? Number.NEGATIVE_INFINITY) as number,
    tracks: (tracks ?? Number.NEGATIVE_INFINITY) as number,
    type: (type ?? '') as SearchType,
    id: id as string,
  };
}
