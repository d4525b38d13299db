// Pages of lists whose cursors are ids: of runs, batches, snapshots.
import { InvalidInputError } from '../errors.ts';
import type { Page } from '../store/catalog/page.ts';

/** How long a cursor of runs or batches is good for: their ids do not say where they were. */
export const WHILE_ON_RECORD = 'stays valid while the row itself is on record';

export interface ForwardArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/**
 * A page of a list that is there whole; a cursor is the id.
 *
 * @throws InvalidInputError for a cursor that is no id of the list
 */
export function slicePage<T extends { readonly id: string }>(
  all: readonly T[],
  first: number,
  after: string | null | undefined,
): Page<T> {
  const start = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
  if (after && start === 0) throw unknownCursor(after);
  return toPage(all.slice(start, start + first), ({ id }) => id, {
    hasNextPage: all.length > start + first,
    hasPreviousPage: start > 0,
  });
}

/** Rows that are a page already, with their cursors and what is said of the rest of the list. */
export function toPage<T>(
  nodes: readonly T[],
  cursorOf: (node: T) => string,
  { hasNextPage, hasPreviousPage }: Pick<Page<T>, 'hasNextPage' | 'hasPreviousPage'>,
): Page<T> {
  return { edges: nodes.map((node) => ({ node, cursor: cursorOf(node) })), hasNextPage, hasPreviousPage };
}

export function unknownCursor(cursor: string): InvalidInputError {
  return new InvalidInputError(
    `The cursor "${cursor}" is not of this list; a cursor of an earlier answer is expected. Start again without "after".`,
    {
      field: 'after',
      given: cursor,
      expected: 'a cursor of an earlier answer',
    },
  );
}
