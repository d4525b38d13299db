// Search over names: accent- and case-blind, the best match first, then the most popular.
import { InvalidInputError } from '../../errors.ts';
import type { Catalog } from './catalog.ts';
import { type OrderTerm, toOrderBy } from './order.ts';
import { type Connection, createConnection, type PageArgs, type PageLimits, planPage } from './page.ts';

export type SearchType = 'ARTIST' | 'ALBUM' | 'TRACK';

export interface SearchHit {
  readonly type: SearchType;
  readonly id: string;
  /** 0..1.1: how well the name matches (exact 1, beginning 0.8, beginning of a word 0.6, elsewhere 0.4) plus popularity / 1000. */
  readonly score: number;
}

export interface SearchArgs extends PageArgs {
  readonly term: string;
  readonly types?: readonly SearchType[] | null | undefined;
}

const MAX_TERM = 200;

const NAMED: Readonly<Record<SearchType, string>> = {
  ARTIST: "select 'ARTIST' as type, artist_id as id, name_key, popularity from gold.artists",
  ALBUM: "select 'ALBUM' as type, album_id as id, name_key, popularity from gold.albums",
  TRACK: "select 'TRACK' as type, track_id as id, name_key, popularity from gold.tracks",
};

const TERMS: readonly OrderTerm[] = [
  { field: 'SCORE', sql: 's.score', type: 'number', direction: 'DESC', nulls: 'LAST' },
  { field: 'TYPE', sql: 's.type', type: 'text', direction: 'ASC', nulls: 'LAST' },
  { field: 'ID', sql: 's.id', type: 'text', direction: 'ASC', nulls: 'LAST' },
];

/**
 * Hits whose name holds every word of the term.
 *
 * @throws InvalidInputError for an empty or very long term
 */
export function searchNames(catalog: Catalog, args: SearchArgs, limits: PageLimits): Connection<SearchHit> {
  const term = args.term.trim().replace(/\s+/g, ' ');
  if (term === '' || term.length > MAX_TERM) {
    throw new InvalidInputError(`"term" has ${term.length} characters; 1 to ${MAX_TERM} are expected.`, {
      field: 'term',
      given: term.slice(0, MAX_TERM),
      expected: `1 to ${MAX_TERM} characters`,
    });
  }
  const plan = planPage(`search ${term}`, TERMS, args, limits);
  const types = args.types?.length ? [...new Set(args.types)] : (Object.keys(NAMED) as SearchType[]);
  const words = term.split(' ');
  const found = `
    select type, id, popularity, case
        when name_key = key then 1.0 when starts_with(name_key, key) then 0.8
        when contains(name_key, ' ' || key) then 0.6 else 0.4 end + coalesce(popularity, 0) / 1000.0 as score
    from (select *, lower(strip_accents(?)) as key from (${types.map((type) => NAMED[type]).join(' union all ')}))
    where ${words.map(() => 'contains(name_key, lower(strip_accents(?)))').join(' and ')}`;
  const params = [term, ...words];
  return createConnection({
    page: async () => {
      const rows = await catalog.all<SearchHit>(
        `select s.type, s.id, s.score::double as score from (${found}) s where ${plan.within.sql}
         order by ${toOrderBy(plan.terms)} limit ${plan.limit}`,
        [...params, ...plan.within.params],
      );
      return plan.toPage(rows, { node: (row) => row, place: (row) => [row.score, row.type, row.id] });
    },
    count: async () => {
      const [row] = await catalog.all<{ n: number }>(`select count(*) as n from (${found})`, params);
      return row?.n ?? 0;
    },
  });
}
