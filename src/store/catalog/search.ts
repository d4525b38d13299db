// Search over names: accent- and case-blind, forgiving one slip in longer words, the best match first, then the most popular.
import type { SQLInputValue } from 'node:sqlite';
import type { EntityName } from '../serving/layout.ts';
import { searchTextSql } from '../serving/search-text.ts';
import type { ServingIndex } from '../serving/serving-index.ts';
import type { Catalog, SqlFragment } from './catalog.ts';
import { type OrderTerm, toOrderBy } from './order.ts';
import { type Connection, createConnection, type PageArgs, type PageLimits, planPage } from './page.ts';
import {
  checkTerm,
  fitOf,
  foldTerm,
  holdsWords,
  mayHaveTypo,
  splitTerm,
  toMatch,
  type Word,
} from './search-term.ts';
import { waitForTurn } from './search-turn.ts';
import { findVariants } from './search-variants.ts';
import { ALWAYS, fragment } from './sql-fragment.ts';

export type SearchType = 'ARTIST' | 'ALBUM' | 'TRACK';

export interface SearchHit {
  readonly type: SearchType;
  readonly id: string;
  /**
   * 0.2..1.1: how well the name matches (exact 1, beginning 0.8, beginning of a word 0.6, elsewhere 0.4, with a slip in a word 0.2) plus
   * popularity / 1000.
   */
  readonly score: number;
}

export interface SearchArgs extends PageArgs {
  readonly term: string;
  readonly types?: readonly SearchType[] | null | undefined;
}

/** Of a term that fits more names of a type than this, the most popular are ranked, and those that are the term itself. */
const MAX_MATCHES = 4_000;
/** Candidates of the trigram index that may be looked at for them before DuckDB is asked. */
const MAX_CANDIDATES = 20_000;

const NAMED: Readonly<Record<SearchType, { entity: EntityName; id: string }>> = {
  ARTIST: { entity: 'artists', id: 'artist_id' },
  ALBUM: { entity: 'albums', id: 'album_id' },
  TRACK: { entity: 'tracks', id: 'track_id' },
};

const TERMS: readonly OrderTerm[] = [
  { field: 'SCORE', sql: 's.score', type: 'number', direction: 'DESC', nulls: 'LAST' },
  { field: 'TYPE', sql: 's.type', type: 'text', direction: 'ASC', nulls: 'LAST' },
  { field: 'ID', sql: 's.id', type: 'text', direction: 'ASC', nulls: 'LAST' },
];

/**
 * Hits whose name holds every word of the term; a word of five letters or more also with one letter added, left out, changed, or
 * swapped with its neighbour.
 *
 * @throws InvalidInputError for an empty or very long term
 */
export function searchNames(catalog: Catalog, args: SearchArgs, limits: PageLimits): Connection<SearchHit> {
  const term = checkTerm(args.term);
  const plan = planPage(`search ${term}`, TERMS, args, limits);
  const types = args.types?.length ? [...new Set(args.types)] : (Object.keys(NAMED) as SearchType[]);
  const read = async (then: (found: Hits) => SqlFragment, isEnough: (rows: unknown[]) => boolean) => {
    const folded = await foldTerm(catalog, term);
    const words = splitTerm(folded);
    if (words.length === 0) return [];
    const ask = (wanted: readonly Word[]) => askEither(catalog, { types, folded, words: wanted }, then);
    // Hits with a slip come after all others, so they are only looked for when those do not fill the page.
    const rows = await ask(words);
    if (isEnough(rows) || !words.some(mayHaveTypo)) return rows;
    const lenient = await findVariants(catalog, words);
    return lenient ? ask(lenient) : rows;
  };
  return createConnection({
    page: async () => {
      const rows = await read(
        (hits) => ({
          sql: `select s.type, s.id, s.score from (${hits.sql}) s where ${plan.within.sql}
            order by ${toOrderBy(plan.terms)} limit ${plan.limit}`,
          params: [...hits.params, ...plan.within.params],
        }),
        (found) => found.length >= plan.limit && !plan.isBackward,
      );
      return plan.toPage(rows as SearchHit[], {
        node: ({ type, id, score }) => ({ type, id, score }),
        place: (row) => [row.score, row.type, row.id],
      });
    },
    count: async () => {
      const [row] = (await read(
        (hits) => ({ sql: `select count(*) as n from (${hits.sql})`, params: hits.params }),
        () => false,
      )) as { n: number }[];
      return row?.n ?? 0;
    },
  });
}

type Hits = SqlFragment;

interface Wanted {
  readonly types: readonly SearchType[];
  readonly folded: string;
  readonly words: readonly Word[];
}

/** The hits of all types as one select of type, id and score, read by the engine that can. */
async function askEither(
  catalog: Catalog,
  wanted: Wanted,
  then: (hits: Hits) => SqlFragment,
): Promise<object[]> {
  const index = catalog.serving;
  if (index) await waitForTurn();
  const quick = index && selectQuick(index, wanted);
  if (index && quick) {
    const { sql, params } = then(quick);
    return index.all(sql, params as SQLInputValue[]);
  }
  const { sql, params } = then(selectSlow(wanted));
  return catalog.all(sql, params);
}

function selectSlow({ types, folded, words }: Wanted): Hits {
  return union(
    types.map((type) => {
      const { entity, id } = NAMED[type];
      const text = `(select ${id} as id, popularity, name_key, ${searchTextSql('name_key')} as text from gold.${entity})`;
      const ranked = `order by popularity desc nulls last, id limit ${MAX_MATCHES}`;
      const parts = [
        ...readingsOf(words).map((reading) => holdsWords('text', reading)),
        fragment('name_key = ?', folded),
      ];
      return score(
        type,
        {
          sql: `(${parts.map((part) => `select * from (select id, popularity, text from ${text} where (${part.sql}) ${ranked})`).join(' union ')})`,
          params: parts.flatMap(({ params }) => params),
        },
        folded,
        words,
      );
    }),
  );
}

/** The same from the serving index; null where it would have to look at too many candidates. */
function selectQuick(index: ServingIndex, { types, folded, words }: Wanted): Hits | null {
  const readings: { match: string; words: readonly Word[] }[] = [];
  for (const reading of readingsOf(words)) {
    const match = toMatch(reading);
    if (match === null) return null;
    if (types.some((type) => hasTooMany(index, NAMED[type].entity, match, reading))) return null;
    readings.push({ match, words: reading });
  }
  return union(
    types.map((type) => {
      const { entity, id } = NAMED[type];
      const columns = `e.${id} as id, e.popularity, ${TEXT} as text`;
      const parts = readings.map(({ match, words: reading }) => {
        const holds = holdsWords(TEXT, reading);
        return {
          sql: `select * from (select ${columns} from ${entity}_names f cross join ${entity} e on e.rank = f.rowid
              where f.${entity}_names match ? and (${holds.sql}) order by f.rowid limit ${MAX_MATCHES})`,
          params: [match, ...holds.params],
        };
      });
      return score(
        type,
        {
          sql: `(${parts.map(({ sql }) => sql).join(' union ')}
            union select * from (select ${columns} from ${entity} e where e.name_key = ? order by e.rank limit ${MAX_MATCHES}))`,
          params: [...parts.flatMap(({ params }) => params), folded],
        },
        folded,
        words,
      );
    }),
  );
}

/**
 * The words as they are looked for, and as they were asked for where slips are forgiven: of either the most popular are ranked, so that
 * many names with a slip leave those without one in their places, whatever the size of a page.
 */
function readingsOf(words: readonly Word[]): (readonly Word[])[] {
  const isLenient = words.some(({ variants }) => variants.length > 0);
  return isLenient ? [words, words.map(({ text }) => ({ text, variants: [] }))] : [words];
}

const TEXT = "coalesce(e.search_text, ' ' || e.name_key || ' ')";

/** Whether candidates run out of their limit before matches do. */
function hasTooMany(index: ServingIndex, entity: EntityName, match: string, words: readonly Word[]): boolean {
  const [beyond] = index.all(
    `select rowid from ${entity}_names where ${entity}_names match ? order by rowid limit 1 offset ${MAX_CANDIDATES}`,
    [match],
  );
  if (!beyond) return false;
  const holds = holdsWords(TEXT, words);
  const [found] = index.all(
    `select count(*) as n from (select 1 from ${entity}_names f cross join ${entity} e on e.rank = f.rowid
       where f.${entity}_names match ? and f.rowid < ? and (${holds.sql}) order by f.rowid limit ${MAX_MATCHES})`,
    [match, beyond.rowid as number, ...(holds.params as SQLInputValue[])],
  );
  return (found?.n as number) < MAX_MATCHES;
}

function score(type: SearchType, named: SqlFragment, folded: string, words: readonly Word[]): SqlFragment {
  const fit = fitOf('n.text', folded, words);
  return {
    sql: `select '${type}' as type, n.id, ${fit.sql} + coalesce(n.popularity, 0) / 1000e0 as score from ${named.sql} n`,
    params: [...fit.params, ...named.params],
  };
}

function union(parts: readonly SqlFragment[]): SqlFragment {
  if (parts.length === 0)
    return { sql: 'select null as type, null as id, null as score where false', params: ALWAYS.params };
  return {
    sql: parts.map(({ sql }) => sql).join(' union all '),
    params: parts.flatMap(({ params }) => params),
  };
}
