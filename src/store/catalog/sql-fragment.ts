// Pieces of SQL and how they combine. A piece carries its values, so that none is ever written into the text.
import { DuckDBListValue, listValue } from '@duckdb/node-api';
import type { SqlValue } from '../duckdb.ts';
import type { SqlFragment } from './catalog.ts';

export const ALWAYS: SqlFragment = { sql: 'true', params: [] };
export const NEVER: SqlFragment = { sql: 'false', params: [] };

export function fragment(sql: string, ...params: SqlValue[]): SqlFragment {
  return { sql, params };
}

/** Holds where every part holds; everywhere when there is none. */
export function allOf(parts: readonly SqlFragment[]): SqlFragment {
  const telling = parts.filter((part) => part !== ALWAYS);
  return telling.length === 0 ? ALWAYS : join(telling, ' and ');
}

/** Holds where one part holds; nowhere when there is none. */
export function anyOf(parts: readonly SqlFragment[]): SqlFragment {
  return parts.length === 0 ? NEVER : join(parts, ' or ');
}

/** Holds exactly where `part` does not: what is unknown to SQL counts as not holding. */
export function negate(part: SqlFragment): SqlFragment {
  return { sql: `(${part.sql}) is not true`, params: part.params };
}

/** `before` part `after`, with the part's values. */
export function wrap(before: string, part: SqlFragment, after: string): SqlFragment {
  return { sql: `${before}${part.sql}${after}`, params: part.params };
}

/** A list of texts as one bound value, for `in (select unnest(?))`. Must not be empty. */
export function textList(values: readonly string[]): SqlValue {
  return listValue([...values]);
}

/** How many values a piece carries, those in lists among them. */
export function countValues({ params }: SqlFragment): number {
  return params.reduce<number>(
    (count, value) => count + (value instanceof DuckDBListValue ? value.items.length : 1),
    0,
  );
}

/** How many of them are lists. */
export function countLists({ params }: SqlFragment): number {
  return params.filter((value) => value instanceof DuckDBListValue).length;
}

function join(parts: readonly SqlFragment[], word: string): SqlFragment {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return {
    sql: parts.map((part) => `(${part.sql})`).join(word),
    params: parts.flatMap((part) => part.params),
  };
}
