// The inputs of a select: which columns a name may mean. Names are compared in lower case, as the engine does.
import { fieldOf, merge, NOTHING, UnsettledError, type Value } from './value.ts';

export interface Column {
  readonly name: string;
  readonly value: Value;
}

/** A table, a subquery or a CTE under the name by which the select knows it. */
export interface Input {
  readonly alias: string;
  readonly schema: string;
  readonly columns: readonly Column[];
}

export interface Scope {
  readonly inputs: readonly Input[];
  /** What a star means: columns of all inputs, those of USING once. */
  readonly visible: readonly Column[];
  /** The select around it, for a correlated subquery; parameters of macros and lambdas lie within. */
  readonly outer: Scope | null;
}

export const NO_INPUT: Scope = { inputs: [], visible: [], outer: null };

export function scopeOf(alias: string, schema: string, columns: readonly Column[]): Scope {
  return { inputs: [{ alias, schema, columns }], visible: columns, outer: null };
}

/** Names with values that hide those of the scope: parameters. */
export function within(outer: Scope, columns: readonly Column[]): Scope {
  return { inputs: [], visible: columns, outer };
}

export interface JoinShape {
  readonly joinType: string;
  /** Null: those that both sides have (NATURAL). */
  readonly using: readonly string[] | null;
}

/** Two inputs joined. A semi or anti join shows the left one only. */
export function joinScopes(left: Scope, right: Scope, { joinType, using }: JoinShape): Scope {
  if (joinType === 'SEMI' || joinType === 'ANTI') return left;
  const shared =
    using ?? left.visible.map(({ name }) => name).filter((name) => hasColumn(right.visible, name));
  const isShared = ({ name }: Column) => shared.some((other) => isSame(other, name));
  const visible = left.visible.map((column) => {
    if (!isShared(column)) return column;
    const other = right.visible.find(({ name }) => isSame(name, column.name))?.value ?? NOTHING;
    if (joinType === 'RIGHT') return { ...column, value: other };
    return joinType === 'FULL' ? { ...column, value: merge(column.value, other) } : column;
  });
  return {
    inputs: [...left.inputs, ...right.inputs],
    visible: [...visible, ...right.visible.filter((column) => !isShared(column))],
    outer: null,
  };
}

/**
 * The value that a name of one or more parts means: a column of an input, by the input's name or alone, then fields of it.
 *
 * @throws UnsettledError for a name that no input has, or several
 */
export function resolveName(scope: Scope, parts: readonly string[]): Value {
  const found = findName(scope, parts);
  if (found) return found;
  if (scope.outer) return resolveName(scope.outer, parts);
  throw new UnsettledError(`"${parts.join('.')}" is a column of no input`);
}

function findName({ inputs, visible }: Scope, parts: readonly string[]): Value | null {
  const [first = '', second, third, ...rest] = parts;
  if (second !== undefined && third !== undefined) {
    const input = inputs.find(({ schema, alias }) => isSame(schema, first) && isSame(alias, second));
    const column = input && findColumn(input.columns, third);
    if (column) return rest.reduce(fieldOf, column);
  }
  if (second !== undefined) {
    const input = inputs.find(({ alias }) => isSame(alias, first));
    const column = input && findColumn(input.columns, second);
    if (column) return parts.slice(2).reduce(fieldOf, column);
  }
  const column = findColumn(visible, first);
  return column && parts.slice(1).reduce(fieldOf, column);
}

/** The columns of one input, for `alias.*`. @throws UnsettledError when there is none of that name */
export function columnsOf({ inputs }: Scope, name: string): readonly Column[] {
  const input = inputs.find(({ alias }) => isSame(alias, name));
  if (input) return input.columns;
  throw new UnsettledError(`"${name}.*" is of no input`);
}

/** @throws UnsettledError when several have the name */
function findColumn(columns: readonly Column[], name: string): Value | null {
  const found = columns.filter((column) => isSame(column.name, name));
  if (found.length > 1) throw new UnsettledError(`"${name}" is a column of several inputs`);
  return found[0]?.value ?? null;
}

export function hasColumn(columns: readonly Column[], name: string): boolean {
  return columns.some((column) => isSame(column.name, name));
}

export function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
