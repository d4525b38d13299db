// The columns of a query with where they come from: CTEs, subqueries, joins, stars, unions.
import { type Reading, readValue } from './expressions.ts';
import {
  type Column,
  columnsOf,
  hasColumn,
  isSame,
  joinScopes,
  NO_INPUT,
  type Scope,
  scopeOf,
} from './scope.ts';
import type { Expression, Functions, QueryNode, SelectNode, SetOperationNode, TableRef } from './sql-tree.ts';
import { merge, UnsettledError, unsettled, type Value } from './value.ts';

type Ctes = ReadonlyMap<string, readonly Column[]>;

export interface Tables {
  /** The columns of layer.name. @throws UnsettledError for one that is not known */
  readonly find: (relation: string) => readonly Column[];
  readonly functions: Functions;
}

/** @throws UnsettledError where the columns themselves cannot be told; a column that cannot has its own reason */
export function readQuery(
  query: QueryNode,
  tables: Tables,
  ctes: Ctes = new Map(),
  outer: Scope | null = null,
): readonly Column[] {
  const known = new Map(ctes);
  for (const { key, value } of query.cte_map.map)
    known.set(key.toLowerCase(), rename(readQuery(value.query.node, tables, known, outer), value.aliases));
  if (query.type === 'SELECT_NODE') return readSelect(query, tables, known, outer);
  if (query.type === 'SET_OPERATION_NODE') return readSetOperation(query, tables, known, outer);
  throw new UnsettledError(`it holds a query of type ${(query as QueryNode).type}`);
}

function readSelect(select: SelectNode, tables: Tables, ctes: Ctes, outer: Scope | null): readonly Column[] {
  const scope: Scope = { ...readTable(select.from_table, tables, ctes, outer), outer };
  const reading: Reading = {
    functions: tables.functions,
    groups: () => {
      if (select.aggregate_handling === 'FORCE_AGGREGATES') {
        const items = select.select_list.filter((item) => !isOfGroups(item, tables.functions));
        return merge(...readItems(items, scope, reading).map(({ value }) => value));
      }
      return merge(
        ...select.group_expressions.map((item) => readValue(toItem(item, select, scope), scope, reading)),
      );
    },
    readQuery: (query, around) => readQuery(query, tables, ctes, around),
  };
  return readItems(select.select_list, scope, reading);
}

/** Whether an item is made of whole groups, and so does not make them: by an aggregate, or by a window, which sees groups. */
function isOfGroups(part: unknown, functions: Functions): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { class: kind, function_name: called } = part as { class?: string; function_name?: string };
  if (kind === 'SUBQUERY') return false;
  if (kind === 'WINDOW') return true;
  const name = kind === 'FUNCTION' ? (called ?? '').toLowerCase() : '';
  if (functions.aggregates.has(name)) return true;
  return [...Object.values(part), functions.macros.get(name)?.body].some((inner) =>
    isOfGroups(inner, functions),
  );
}

function readItems(items: readonly Expression[], scope: Scope, reading: Reading): Column[] {
  const columns: Column[] = [];
  for (const item of items) {
    // A name given earlier in the list may be used later in it; a column of that name comes first.
    const list: Scope = {
      inputs: scope.inputs,
      visible: scope.visible,
      outer: { inputs: [], visible: named(columns), outer: scope.outer },
    };
    if (item.class === 'STAR') columns.push(...readStar(item, list, reading));
    else if (isUnnest(item)) columns.push(...readUnnest(item, list, reading));
    else columns.push({ name: nameOf(item), value: settle(() => readValue(item, list, reading)) });
  }
  return columns;
}

/** What a place or a new name in `group by` stands for. */
function toItem(item: Expression, { select_list: list }: SelectNode, { visible }: Scope): Expression {
  if (item.class === 'CONSTANT') return list[Number(item.value.value) - 1] ?? item;
  const [name = '', ...more] = item.class === 'COLUMN_REF' ? item.column_names : [];
  if (name === '' || more.length > 0 || hasColumn(visible, name)) return item;
  return list.find(({ alias }) => isSame(alias, name)) ?? item;
}

/** The last of several that have one name, as nothing forbids it. */
function named(columns: readonly Column[]): Column[] {
  return columns.filter(({ name }, at) => name !== '' && !hasColumn(columns.slice(at + 1), name));
}

function readSetOperation(
  node: SetOperationNode,
  tables: Tables,
  ctes: Ctes,
  outer: Scope | null,
): readonly Column[] {
  const left = readQuery(node.left, tables, ctes, outer);
  const right = readQuery(node.right, tables, ctes, outer);
  if (node.setop_type === 'EXCEPT') return left;
  if (node.setop_type === 'UNION_BY_NAME') {
    const both = left.map((column) => {
      const other = right.find(({ name }) => isSame(name, column.name));
      return other ? { ...column, value: merge(column.value, other.value) } : column;
    });
    return [...both, ...right.filter(({ name }) => !hasColumn(left, name))];
  }
  if (left.length !== right.length) throw new UnsettledError('the sides of a union differ in their columns');
  return left.map((column, at) => ({
    ...column,
    value: merge(column.value, right[at]?.value ?? column.value),
  }));
}

function readTable(table: TableRef, tables: Tables, ctes: Ctes, outer: Scope | null): Scope {
  switch (table.type) {
    case 'EMPTY':
      return NO_INPUT;
    case 'BASE_TABLE': {
      const { schema_name: schema, table_name: name } = table;
      const columns =
        (schema === '' ? ctes.get(name.toLowerCase()) : null) ?? tables.find(`${schema}.${name}`);
      return scopeOf(table.alias || name, schema, rename(columns, table.column_name_alias));
    }
    case 'SUBQUERY':
      return scopeOf(
        table.alias,
        '',
        rename(readQuery(table.subquery.node, tables, ctes, outer), table.column_name_alias),
      );
    case 'JOIN': {
      const left = readTable(table.left, tables, ctes, outer);
      const right = readTable(table.right, tables, ctes, outer);
      const using = table.ref_type === 'NATURAL' ? null : table.using_columns;
      return joinScopes(left, right, { joinType: table.join_type, using });
    }
    default:
      throw new UnsettledError(`it reads a ${table.type.toLowerCase().replaceAll('_', ' ')}`);
  }
}

function readStar(star: Extract<Expression, { class: 'STAR' }>, scope: Scope, reading: Reading): Column[] {
  if (star.columns || star.rename_list.length > 0)
    throw new UnsettledError('columns are chosen by a pattern or renamed within a star');
  const columns = star.relation_name === '' ? scope.visible : columnsOf(scope, star.relation_name);
  const left = [...star.exclude_list, ...star.qualified_exclude_list.map(({ column }) => column)];
  return columns
    .filter(({ name }) => !left.some((other) => isSame(other, name)))
    .map((column) => {
      const replaced = star.replace_list.find(({ key }) => isSame(key, column.name));
      return replaced
        ? { ...column, value: settle(() => readValue(replaced.value, scope, reading)) }
        : column;
    });
}

function isUnnest(item: Expression): item is Extract<Expression, { class: 'FUNCTION' }> {
  return item.class === 'FUNCTION' && item.function_name.toLowerCase() === 'unnest';
}

/** A struct becomes its fields, a list its items; with `recursive` the items, if they are structs, become their fields. */
function readUnnest(
  item: Extract<Expression, { class: 'FUNCTION' }>,
  scope: Scope,
  reading: Reading,
): Column[] {
  const [given, ...options] = item.children;
  if (!given) throw new UnsettledError('unnest has no argument');
  const whole = settle(() => readValue(given, scope, reading));
  const isRecursive = options.some(({ alias }) => alias === 'recursive');
  const value = whole.shape?.kind === 'LIST' && isRecursive ? whole.shape.item : whole;
  if (value.shape?.kind === 'STRUCT')
    return [...value.shape.fields].map(([name, field]) => ({ name, value: field }));
  if (value.shape?.kind === 'LIST') return [{ name: nameOf(item), value: value.shape.item }];
  const made = settle(() =>
    readValue({ ...item, function_name: 'unnest', children: [given] }, scope, reading),
  );
  return [{ name: nameOf(item), value: made }];
}

/** The name of an item of a select list; empty where only the engine could tell. */
function nameOf(item: Expression): string {
  return item.alias || (item.class === 'COLUMN_REF' ? (item.column_names.at(-1) ?? '') : '');
}

function rename(columns: readonly Column[], names: readonly string[]): readonly Column[] {
  return columns.map((column, at) => ({ ...column, name: names[at] ?? column.name }));
}

function settle(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnsettledError) return unsettled(error.message);
    throw error;
  }
}
