// Lists in pages, by arithmetic on the offset: the links between pages name a host that need not be the one we ask.
import { ExtractError } from '../../errors.ts';
import type { Families } from '../families.ts';
import type { JsonAnswer } from '../http.ts';
import { askTwice, idsOf, requireObject, unexpected } from './answers.ts';
import type { Call, Query } from './call.ts';

export interface PagesOptions {
  readonly source: string;
  readonly call: Call;
  readonly families: Families;
  readonly onFallback: (message: string) => void;
}

export interface List {
  readonly family: string;
  readonly path: string;
  readonly query: Query;
  /** Items before this one stand elsewhere. */
  readonly start: number;
}

/** How far a list was read. */
export interface ListState {
  readonly ids: readonly string[];
  /** Offset of the next page; null when the list is complete. */
  readonly next: number | null;
  /** It was read to its end once, and begun again because items had gone from it meanwhile. */
  readonly isSecond?: boolean;
  /** Absent in states of earlier versions. */
  readonly count?: ListCount;
}

/** What the pages so far have said of the list: whether items have gone from it is seen by comparing one page with those before. */
interface ListCount {
  /** Items that the last page told, and the most that any told. */
  readonly total: number;
  readonly most: number;
  readonly hasShrunk: boolean;
  readonly withoutId: number;
}

const NO_COUNT: ListCount = { total: 0, most: 0, hasShrunk: false, withoutId: 0 };

/** Where an earlier try stopped, and a place to note how far this one is: a long list may cost more than a day's quota. */
export interface ListProgress {
  readonly from: ListState | null;
  keep(state: ListState): Promise<void>;
}

const PAGE = 50;
/** Pages of keys in development mode. */
const SHORT_PAGE = 10;
/** More would be a list that never ends. */
const MAX_PAGES = 1_000;

/**
 * Ids of all items, each once: a list that changes between two pages may show an item twice. When items go from it meanwhile, those behind
 * them move to a page that was read already: a list that has shrunk and came up short is read once more.
 */
export async function listIds(options: PagesOptions, list: List, progress: ListProgress): Promise<string[]> {
  const { source } = options;
  const ids = new Set(progress.from?.ids);
  let next: number | null = progress.from ? progress.from.next : list.start;
  let isSecond = progress.from?.isSecond ?? false;
  let previous: string | null = null;
  let count = progress.from?.count ?? NO_COUNT;
  for (let page = 0; page < MAX_PAGES; page++) {
    if (next === null) return [...ids];
    const at: Place = { offset: next, previous };
    const found: Page = await askTwice(async () => {
      const answer = await requestPage(options, list, at.offset);
      return answer.status === 404 ? NOTHING : readPage(source, list.path, answer, at);
    });
    for (const id of found.ids) ids.add(id);
    count = {
      total: found.total,
      most: Math.max(count.most, found.total),
      hasShrunk: count.hasShrunk || found.total < count.total,
      withoutId: count.withoutId + found.withoutId,
    };
    next = found.next;
    previous = found.ids.join();
    const isShort = count.hasShrunk && list.start + ids.size + count.withoutId < count.most;
    if (next === null && isShort && !isSecond) {
      next = list.start;
      isSecond = true;
      previous = null;
    }
    await progress.keep({ ids: [...ids], next, ...(isSecond ? { isSecond } : {}), count });
  }
  throw new ExtractError(
    `"${source}" has more than ${MAX_PAGES} pages at ${list.path}, which is no list. Nothing of it was taken.`,
    { source, url: list.path },
  );
}

interface Page {
  readonly ids: readonly string[];
  readonly next: number | null;
  /** Items that the list says it has; 0 where it does not say. */
  readonly total: number;
  readonly withoutId: number;
}

interface Place {
  readonly offset: number;
  /** Ids of the page before, joined. */
  readonly previous: string | null;
}

const NOTHING: Page = { ids: [], next: null, total: 0, withoutId: 0 };

/** A page that says more follows may be empty only where the total is reached: else the list would be cut. */
function readPage(source: string, path: string, answer: JsonAnswer, { offset, previous }: Place): Page {
  const { items, next, total } = requireObject(source, path, answer);
  if (!Array.isArray(items)) throw unexpected(source, path, answer, 'a page with items');
  const end = offset + items.length;
  const page = {
    ids: idsOf(items),
    total: typeof total === 'number' ? total : 0,
    withoutId: items.filter((item) => typeof (item as { id?: unknown } | null)?.id !== 'string').length,
  };
  if (typeof next !== 'string') return { ...page, next: null };
  if (page.ids.length > 0 && page.ids.join() === previous)
    throw unexpected(source, path, answer, `another page than the one before ${offset}`);
  if (items.length > 0) return { ...page, next: end };
  if (typeof total === 'number' && end >= total) return { ...page, next: null };
  throw unexpected(source, path, answer, `a page that goes on at ${offset}`);
}

/** Development mode gives ten items at most, and says so only by refusing more: asked once, then remembered. */
function requestPage(options: PagesOptions, list: List, offset: number): Promise<JsonAnswer> {
  const { call, families, onFallback } = options;
  const { family, path } = list;
  const ask = (limit: number) =>
    call(family, path, { ...list.query, offset: String(offset), limit: String(limit) });
  return families.afterFirst(family, async () => {
    const limit = (await families.findPageLimit(family)) ?? PAGE;
    const answer = await ask(limit);
    if (answer.status !== 400 || limit <= SHORT_PAGE) return answer;
    const shorter = await ask(SHORT_PAGE);
    if (shorter.status === 200 && (await families.limitPages(family, SHORT_PAGE)))
      onFallback(`the key may fetch pages of ${SHORT_PAGE} at most from ${family}`);
    return shorter;
  });
}
