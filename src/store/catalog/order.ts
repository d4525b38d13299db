// Orders of lists: terms that end with the id, so that every row has a place of its own, and the condition that a row lies
// after a given place (keyset paging: a deep page costs as much as the first).
import type { SqlFragment } from './catalog.ts';
import type { CursorValue } from './cursors.ts';
import { allOf, anyOf, fragment } from './sql-fragment.ts';

export type Direction = 'ASC' | 'DESC';
export type NullsOrder = 'FIRST' | 'LAST';

/** One term of an orderBy argument. */
export interface OrderInput<F extends string> {
  readonly field: F;
  readonly direction?: Direction | null | undefined;
  readonly nulls?: NullsOrder | null | undefined;
}

/** What a list can be ordered by: SQL of ours for each field. */
export type OrderFields<F extends string> = Readonly<Record<F, { sql: string; type: 'number' | 'text' }>>;

export interface OrderTerm {
  readonly field: string;
  readonly sql: string;
  readonly type: 'number' | 'text';
  readonly direction: Direction;
  readonly nulls: NullsOrder;
}

/**
 * The full order of a list: the terms asked for, or the list's own, then the id ascending. Ascending and nulls last unless
 * said otherwise; a field named again changes nothing and is left out. Terms that the list's own order begins with go on as it does.
 */
export function toOrder<F extends string>(
  fields: OrderFields<F>,
  asked: readonly OrderInput<F>[] | null | undefined,
  fallback: readonly OrderInput<F>[],
  id: NoInfer<F>,
): OrderTerm[] {
  const terms = new Map<F, OrderTerm>();
  const isBeginning = (asked ?? []).every((term, at) => isSameTerm(term, fallback[at]));
  for (const { field, direction, nulls } of [
    ...(isBeginning ? fallback : (asked ?? [])),
    { field: id },
  ] as OrderInput<F>[]) {
    if (terms.has(field) || terms.has(id)) continue;
    terms.set(field, { field, ...fields[field], direction: direction ?? 'ASC', nulls: nulls ?? 'LAST' });
  }
  return [...terms.values()];
}

function isSameTerm<F extends string>(one: OrderInput<F>, other: OrderInput<F> | undefined): boolean {
  return (
    one.field === other?.field &&
    (one.direction ?? 'ASC') === (other.direction ?? 'ASC') &&
    (one.nulls ?? 'LAST') === (other.nulls ?? 'LAST')
  );
}

/** The order as a cursor names it. */
export function describeOrder(
  list: string,
  terms: readonly Pick<OrderTerm, 'field' | 'direction' | 'nulls'>[],
): string {
  return [list, ...terms.map((t) => `${t.field}.${t.direction}.${t.nulls}`)].join(' ');
}

/** The same list from its other end. */
export function reverse(terms: readonly OrderTerm[]): OrderTerm[] {
  return terms.map((term) => ({
    ...term,
    direction: term.direction === 'ASC' ? 'DESC' : 'ASC',
    nulls: term.nulls === 'LAST' ? 'FIRST' : 'LAST',
  }));
}

export function toOrderBy(terms: readonly OrderTerm[]): string {
  return terms.map((t) => `${t.sql} ${t.direction} nulls ${t.nulls}`).join(', ');
}

/** Holds for rows that come after the place with these values, one per term. */
export function liesAfter(terms: readonly OrderTerm[], values: readonly CursorValue[]): SqlFragment {
  return anyOf(
    terms.map((term, at) =>
      allOf([
        ...terms.slice(0, at).map((earlier, i) => isSame(earlier, values[i] ?? null)),
        isAfter(term, values[at] ?? null),
      ]),
    ),
  );
}

function isSame(term: OrderTerm, value: CursorValue): SqlFragment {
  return value === null ? fragment(`${term.sql} is null`) : fragment(`${term.sql} = ?`, value);
}

function isAfter(term: OrderTerm, value: CursorValue): SqlFragment {
  if (value === null) return fragment(term.nulls === 'FIRST' ? `${term.sql} is not null` : 'false');
  const beyond = `${term.sql} ${term.direction === 'ASC' ? '>' : '<'} ?`;
  return fragment(term.nulls === 'LAST' ? `(${beyond} or ${term.sql} is null)` : beyond, value);
}
