// The operations of the pages in docs, for the tests that have a server with the data they are asked of.
import { existsSync } from 'node:fs';
import { type PageQuery, readPageQueries } from '../../docs/queries.ts';

export const PAGES = ['docs/parity.md', 'docs/graphql.md'].filter((path) => existsSync(path));

/** Title and text of each. */
export function queriesOf(data: PageQuery['data']): [string, string][] {
  return PAGES.flatMap(readPageQueries)
    .filter((entry) => entry.data === data)
    .map(({ title, query }) => [title, query]);
}
