// Search over names: accent- and case-blind, forgiving one slip in longer words, the best match first, then the most popular.
import { once } from '../once.ts';
import type { Catalog } from './catalog.ts';
import { type SharedTerm, shareTerm } from './credit-fit.ts';
import { createNameFit } from './name-fit.ts';
import type { OrderTerm } from './order.ts';
import { type Connection, createConnection, type PageArgs, type PageLimits, planPage } from './page.ts';
import { findCredits } from './search-credits.ts';
import { FoundHits, type SearchHit } from './search-hits.ts';
import { findNames, SEARCH_TYPES, type SearchType } from './search-names.ts';
import { checkTerm, exactKeys, foldTerm, nameTerm, splitTerm, type Word } from './search-term.ts';
import { rememberVariants } from './search-variants.ts';

export type { SearchHit } from './search-hits.ts';
export type { SearchType } from './search-names.ts';

export interface SearchArgs extends PageArgs {
  readonly term: string;
  readonly types?: readonly SearchType[] | null | undefined;
  /** Whether all tracks of a recording and all market twins are hits; one hit of each unless stated. */
  readonly includeDuplicates?: boolean | null | undefined;
}

/** Rows are put in this order here, whichever engine they come from (FoundHits). */
const TERMS: readonly OrderTerm[] = [
  { field: 'SCORE', sql: 'score', type: 'number', direction: 'DESC', nulls: 'LAST' },
  { field: 'TRACKS', sql: 'tracks', type: 'number', direction: 'DESC', nulls: 'LAST' },
  { field: 'TYPE', sql: 'type', type: 'text', direction: 'DESC', nulls: 'LAST' },
  { field: 'ID', sql: 'id', type: 'text', direction: 'ASC', nulls: 'LAST' },
];

/**
 * Hits whose name holds every word of the term; a word of five letters or more also with one letter added, left out, changed, or
 * swapped with its neighbour. And tracks and albums that hold some of the words while names of their artists hold the others.
 *
 * @throws InvalidInputError for an empty or very long term
 */
export function searchNames(catalog: Catalog, args: SearchArgs, limits: PageLimits): Connection<SearchHit> {
  const term = checkTerm(args.term);
  const plan = planPage(`search ${nameTerm(term)}`, TERMS, args, limits, 'term');
  const types = args.types?.length ? [...new Set(args.types)] : SEARCH_TYPES;
  const found = findAll(catalog, { types, term, isFolded: !args.includeDuplicates });
  return createConnection({
    page: async () => {
      // Hits with a slip come after all others, so they are only looked for when those do not fill the page.
      const rows = (await found.strict()).pick(plan);
      const isEnough = rows.length >= plan.limit && !plan.isBackward;
      return plan.toPage(isEnough ? rows : (await found.all()).pick(plan), {
        node: ({ type, id, score }) => ({ type, id, score }),
        place: ({ score, tracks, type, id }) => [score, tracks, type, id],
      });
    },
    count: async () => (await found.all()).count,
  });
}

/** The hits without a slip, and all; either is looked for once, when it is asked for. */
function findAll(
  catalog: Catalog,
  { types, term, isFolded }: { types: readonly SearchType[]; term: string; isFolded: boolean },
) {
  const split = once(async () => {
    const folded = await foldTerm(catalog, term);
    const shared = shareTerm(folded);
    const words = splitTerm(folded);
    return { words, shared, keys: exactKeys(folded), fitOfName: createNameFit(folded, words) };
  });
  /** Adds what holds the words, or has one of the keys, and what shares them out with its artists. */
  const add = async (
    hits: FoundHits,
    {
      words,
      keys,
      shared,
    }: { words: readonly Word[] | null; keys: readonly string[]; shared: SharedTerm | null },
  ) => {
    const { fitOfName } = await split();
    for (const type of types) {
      const named = words ? await findNames(catalog, type, words, keys) : [];
      for (const row of named) hits.add(type, row, fitOfName(row.text));
      const credits = shared && type !== 'ARTIST' ? await findCredits(catalog, type, shared) : [];
      for (const { row, fit } of credits) hits.add(type, row, fit);
    }
    return hits;
  };
  const strict = once(async () => {
    const { words, keys, shared } = await split();
    const none = new FoundHits(isFolded);
    return words.length === 0 ? none : add(none, { words, keys, shared });
  });
  const all = once(async () => {
    const { words, shared } = await split();
    const listVariants = rememberVariants(catalog);
    const lenient = { words: await listVariants(words), shared: await listVariants(shared.words) };
    const hits = await strict();
    if (!lenient.words && !lenient.shared) return hits;
    return add(hits.copy(), {
      words: lenient.words,
      keys: [],
      shared: lenient.shared && { ...shared, words: lenient.shared },
    });
  });
  return { strict, all };
}
