// The operations of the pages in docs, for the tests that have a server with the data they are asked of.
import { type PageQuery, readPageQueries } from '../../docs/queries.ts';

/** Pages whose operations are asked of a server, and shown with its answers. */
export const PAGES = ['docs/parity.md', 'docs/graphql.md'];

/** Title and text of each, and the answer that the page shows. */
export function queriesOf(data: PageQuery['data']): [string, string, unknown][] {
  return PAGES.flatMap(readPageQueries)
    .filter((entry) => entry.data === data)
    .map(({ title, query, answer }) => [title, query, answer]);
}
