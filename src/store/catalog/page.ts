// Arguments of a connection, checked and turned into the condition, order and limit of one page.
import type { Config } from '../../config.ts';
import { InvalidInputError } from '../../errors.ts';
import { once } from '../once.ts';
import type { SqlFragment } from './catalog.ts';
import { type CursorValue, readCursor, writeCursor } from './cursors.ts';
import { describeOrder, liesAfter, type OrderTerm, reverse } from './order.ts';
import { allOf } from './sql-fragment.ts';

export interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

export type PageLimits = Pick<Config, 'maxPageSize'>;

export interface Edge<T> {
  readonly node: T;
  readonly cursor: string;
}

export interface Page<T> {
  readonly edges: readonly Edge<T>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** A list of which a page, its size, or both can be asked for; nothing is read before, and nothing twice. */
export interface Connection<T> {
  page(): Promise<Page<T>>;
  /** How many rows the whole list has. */
  count(): Promise<number>;
}

/** A connection that runs each of the two at most once, however many fields of the answer want it. */
export function createConnection<T>({ page, count }: Connection<T>): Connection<T> {
  return { page: once(page), count: once(count) };
}

export interface PagePlan {
  /** Rows between `after` and `before`. */
  readonly within: SqlFragment;
  /** Where the page begins and ends in the list's own order, where that was said. */
  readonly after: readonly CursorValue[] | null;
  readonly before: readonly CursorValue[] | null;
  /** Whether the page is read from the list's end. */
  readonly isBackward: boolean;
  /** The order to read in: the list's, or its reverse for `last`. */
  readonly terms: readonly OrderTerm[];
  /** One row more than the page, which tells whether there is a further page. */
  readonly limit: number;
  /** Makes the page of rows read in that order. */
  toPage<R, T>(rows: readonly R[], read: { node: (row: R) => T; place: (row: R) => CursorValue[] }): Page<T>;
}

/** Rows of a page, and of most lists, unless stated. */
export const DEFAULT_PAGE_SIZE = 20;

/**
 * Plans a page. Without first and last it is the first 20 rows.
 *
 * @param list names the list; a cursor of another list or order is refused
 * @param sameAs the argument that a cursor's list must have had too, as the refusal says
 * @throws InvalidInputError for first with last, a size outside 1..maxPageSize, or a cursor that does not fit
 */
export function planPage(
  list: string,
  terms: readonly OrderTerm[],
  args: PageArgs,
  limits: PageLimits,
  sameAs = 'orderBy',
): PagePlan {
  const order = describeOrder(list, terms);
  const types = terms.map(({ type }) => type);
  const isBackward = isGiven(args.last);
  const size = pageSize(args, limits);
  const place = (field: 'after' | 'before') => {
    const cursor = args[field];
    return isGiven(cursor) ? [readCursor(cursor, { field, order, types, sameAs })] : [];
  };
  const after = place('after');
  const before = place('before');
  return {
    within: allOf([
      ...after.map((values) => liesAfter(terms, values)),
      ...before.map((values) => liesAfter(reverse(terms), values)),
    ]),
    after: after[0] ?? null,
    before: before[0] ?? null,
    isBackward,
    terms: isBackward ? reverse(terms) : terms,
    limit: size + 1,
    toPage: (rows, read) => {
      const hasMore = rows.length > size;
      const shown = rows.slice(0, size);
      if (isBackward) shown.reverse();
      return {
        edges: shown.map((row) => new RowEdge(read.node(row), () => writeCursor(order, read.place(row)))),
        hasNextPage: isBackward ? before.length > 0 : hasMore,
        hasPreviousPage: isBackward ? hasMore : after.length > 0,
      };
    },
  };
}

/** Writes its cursor when somebody asks for it, which few do for every row. */
class RowEdge<T> implements Edge<T> {
  readonly node: T;
  readonly #write: () => string;

  constructor(node: T, write: () => string) {
    this.node = node;
    this.#write = write;
  }

  get cursor(): string {
    return this.#write();
  }
}

function pageSize({ first, last }: PageArgs, { maxPageSize }: PageLimits): number {
  if (isGiven(first) && isGiven(last)) {
    throw new InvalidInputError(
      `"first" is ${first} and "last" is ${last}; one of them is expected. Leave one out.`,
      { field: 'last', given: String(last), expected: 'first or last, not both' },
    );
  }
  const field = isGiven(last) ? 'last' : 'first';
  const size = last ?? first ?? Math.min(DEFAULT_PAGE_SIZE, maxPageSize);
  if (!Number.isInteger(size) || size < 1 || size > maxPageSize) {
    throw new InvalidInputError(
      `"${field}" is ${size}; a whole number from 1 to ${maxPageSize} is expected. Read further rows with "after".`,
      { field, given: String(size), expected: `a whole number from 1 to ${maxPageSize}` },
    );
  }
  return size;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}
