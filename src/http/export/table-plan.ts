// A query as a table: which list its rows are, which columns they have, and the operation that reads a page of them.
import {
  type DocumentNode,
  type GraphQLError,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
} from 'graphql';
import type { RowsColumn, RowsColumnType, RowValues } from '../../store/export/open-rows-export.ts';
import { makeRefusal } from '../error-codes.ts';
import { alongWay, countDocument, PAGE_INFO, pageDocument } from './table-document.ts';
import {
  argumentOf,
  fieldsOf,
  keyOf,
  type Selected,
  selectedIn,
  type TableQuery,
  type Way,
} from './table-selection.ts';

export interface TablePlan {
  readonly columns: readonly RowsColumn[];
  /** What is selected beside the way to the rows, by path: artist.name. No column has it. */
  readonly leftOut: readonly string[];
  /** Whether the rows come in pages, by the variables PAGE_SIZE and PAGE_AFTER. */
  readonly isPaged: boolean;
  /** `first` and `after` of a paged list as asked. */
  readonly first: number | null;
  readonly after: string | null;
  /** Reads one page, or all of a list without pages. */
  readonly document: DocumentNode;
  /** Counts the rows of a paged list. */
  readonly countDocument: DocumentNode | null;
  /**
   * The rows of an answer to `document`, how many items of its list they are of, and where the next page begins; null at the end. An item has
   * several rows where a list within it makes some of its own.
   */
  readonly read: (data: Record<string, unknown>) => { rows: RowValues[]; taken: number; next: string | null };
  readonly readCount: (data: Record<string, unknown>) => number;
}

/**
 * Plans a query of one root field as a table. Rows are the items of the one list of objects that is selected, however deep below objects to
 * one it lies (nodes before edges), or the object itself where none is. What is selected beside the way to that list is left out, and said to be. A list
 * within the rows makes a row of each of its items, beside which the rest of the row is repeated; a row without any has nulls there, and is left
 * out where nothing but the list is selected. Columns
 * are scalars, lists of scalars, and the same of objects to one, named by their path from the row: album_name.
 *
 * @throws GraphQLError NOT_TABULAR naming what has no place in a table
 */
export function planTable(query: TableQuery): TablePlan {
  const root = findRoot(query);
  const isList = isListOf(root);
  const inner = isList ? [] : findList(root, query);
  const way = [root, ...inner];
  const rows = way.at(-1) as Selected;
  const lists = isList || inner.length > 0 ? listWithin(rows, query) : [];
  const columns = checkNames(planColumns(rows, { query, lists, groupBy: groupByOf(way, query) }));
  if (columns.length === 0) throw notTabular(`${nameOf(way)} has no scalar field selected`, 'at least one');
  const paged = isConnection(way.at(-2)) ? way.slice(0, -1) : null;
  const connection = paged?.at(-1);
  if (connection) checkDirection(connection, query);
  const page = paged && [...paged.map(keyOf), PAGE_INFO];
  const listKeys = lists.map((list) => list.map(keyOf));
  return {
    columns: columns.map(({ name, type, isList: of }) => ({ name, type, isList: of })),
    leftOut: listBeside(way, query),
    isPaged: paged !== null,
    first: connection ? (argumentOf(connection, 'first', query) as number | null) : null,
    after: connection ? (argumentOf(connection, 'after', query) as string | null) : null,
    document: paged ? pageDocument(query, paged, rows) : alongWay(query, way),
    countDocument: paged ? countDocument(query, paged) : null,
    read: (data) => {
      const found = dig(data, way.map(keyOf));
      const items = Array.isArray(found) ? found : found === null ? [] : [found];
      const { hasNextPage, endCursor } = ((page && dig(data, page)) ?? {}) as Partial<Page>;
      return {
        rows: items
          .flatMap((item) => expandRow([item], listKeys, columns))
          .map((row) => columns.map(({ read }) => read(row))),
        taken: items.length,
        next: hasNextPage ? (endCursor ?? null) : null,
      };
    },
    readCount: (data) => (paged && (dig(data, [...paged.map(keyOf), 'totalCount']) as number | null)) ?? 0,
  };
}

interface Page {
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

const nameOf = (way: Way) => `"${way.map(keyOf).join('.')}"`;
const isListOf = ({ type }: Selected) => isListType(getNullableType(type));
const isConnection = (of: Selected | undefined) =>
  of !== undefined && getNamedType(of.type).name.endsWith('Connection');

function findRoot(query: TableQuery): Selected {
  const { schema, operation } = query;
  const type = schema.getRootType(operation.operation);
  const fields = type
    ? fieldsOf(type, operation.selectionSet, query).filter(({ node }) => !node.name.value.startsWith('__'))
    : [];
  const [root] = fields;
  if (operation.operation !== 'query' || !root || fields.length > 1)
    throw notTabular(
      `The operation is a ${operation.operation} of ${fields.length} root fields`,
      'a query of one root field',
    );
  if (!root.node.selectionSet) throw notTabular(`${nameOf([root])} has no rows`, 'a list of objects');
  return root;
}

/** The way to the one list of objects within an object; none where there is none. @throws GraphQLError where there are several */
function findList(parent: Selected, query: TableQuery): Way {
  const ways = listWays(parent, query);
  if (ways.length <= 1) return ways[0] ?? [];
  throw notTabular(
    `"${keyOf(parent)}" has ${ways.length} lists selected, ${ways.map(nameOf).join(', ')}`,
    'one, whose items are the rows. Select one of them alone, or mark the others with @skip(if: true)',
  );
}

function listBeside(way: Way, query: TableQuery): string[] {
  return way.slice(0, -1).flatMap((parent, at) =>
    selectedIn(parent, query)
      .filter((field) => keyOf(field) !== keyOf(way[at + 1] as Selected))
      .map((field) => [...way.slice(0, at + 1), field].map(keyOf).join('.')),
  );
}

function listWays(parent: Selected, query: TableQuery): Way[] {
  const fields = selectedIn(parent, query).filter(
    ({ node, type }) => node.selectionSet && getNamedType(type).name !== GROUP_KEY,
  );
  const hasNodes = isConnection(parent) && fields.some(({ node }) => node.name.value === 'nodes');
  return fields
    .filter(({ node }) => !(hasNodes && node.name.value === 'edges'))
    .flatMap((field) => (isListOf(field) ? [[field]] : listWays(field, query).map((way) => [field, ...way])));
}

/** The list within the rows, the list within its items, and so on. */
function listWithin(rows: Selected, query: TableQuery): Way[] {
  const list = findList(rows, query);
  const items = list.at(-1);
  if (!items) return [];
  // What a list of some leaves out would be missing in each row, and nothing would say so.
  const cut = list.findIndex((field) => takesFirst(field) && !isSized(field, query));
  if (cut >= 0)
    throw notTabular(
      `${nameOf(list.slice(0, cut + 1))} within "${keyOf(rows)}" is a part of a longer list`,
      'first: how many of each row; or the list from its other side',
    );
  return [list, ...listWithin(items, query)];
}

const takesFirst = ({ node, parent }: Selected) =>
  isObjectType(parent) &&
  parent.getFields()[node.name.value]?.args.some(({ name }) => name === 'first') === true;

const isSized = (field: Selected, query: TableQuery) =>
  ['first', 'last'].some((name) => argumentOf(field, name, query) !== null);

function checkDirection(connection: Selected, query: TableQuery): void {
  if (['last', 'before'].some((name) => argumentOf(connection, name, query) !== null))
    throw notTabular(`"${keyOf(connection)}" is read from its end`, 'first and after; turn the order round');
}

/** What a row is read from: an item of the list, one of the list within it, and so on; less where a list has none. */
type Items = readonly unknown[];

function expandRow(items: Items, lists: readonly string[][], columns: readonly PlannedColumn[]): Items[] {
  const list = lists[items.length - 1];
  if (!list) return [items];
  const inner = (dig(items.at(-1), list) ?? []) as readonly unknown[];
  if (inner.length === 0) return columns.some(({ level }) => level < items.length) ? [items] : [];
  return inner.flatMap((item) => expandRow([...items, item], lists, columns));
}

interface PlannedColumn extends RowsColumn {
  /** Of which list of the row it is, from 0. */
  readonly level: number;
  /** From the row to the value, by the names in the answer. */
  readonly path: readonly string[];
  readonly read: (items: Items) => unknown;
}

interface ColumnParts {
  readonly query: TableQuery;
  readonly lists: readonly Way[];
  readonly groupBy: readonly string[];
}

interface Place {
  readonly level: number;
  /** From the item of the level. */
  readonly within: readonly string[];
  readonly path: readonly string[];
  /** The path without the nodes of connections. */
  readonly name: readonly string[];
}

const ROW: Place = { level: 0, within: [], path: [], name: [] };

function planColumns(of: Selected, parts: ColumnParts, place = ROW): PlannedColumn[] {
  return selectedIn(of, parts.query).flatMap((field) => {
    const add = (to: readonly string[]) => [...to, keyOf(field)];
    const name = isConnection(of) && isListOf(field) ? place.name : add(place.name);
    const here = { ...place, within: add(place.within), path: add(place.path), name };
    return toColumns(field, parts, here);
  });
}

/** A field that is selected twice is one column; two fields of one column name would hide one of them. */
function checkNames(columns: readonly PlannedColumn[]): PlannedColumn[] {
  const known = new Map<string, PlannedColumn>();
  for (const column of columns) {
    const before = known.get(column.name);
    if (before && before.path.join() !== column.path.join()) {
      throw notTabular(
        `"${before.path.join('.')}" and "${column.path.join('.')}" are both the column "${column.name}"`,
        'columns of different names; give one an alias',
      );
    }
    known.set(column.name, column);
  }
  return [...known.values()];
}

function toColumns(field: Selected, parts: ColumnParts, place: Place): PlannedColumn[] {
  const named = getNamedType(field.type);
  const { level, within, path, name } = place;
  if (isCompositeType(named)) {
    if (named.name === GROUP_KEY) return toKeyColumns(field, parts, place);
    if (!isListOf(field)) return planColumns(field, parts, place);
    const isRows = parts.lists[level]?.map(keyOf).join() === within.join();
    return isRows ? planColumns(field, parts, { level: level + 1, within: [], path, name }) : [];
  }
  const read = (items: Items) => dig(items[level], within);
  const isJson = named.name === 'JSON';
  return [
    {
      name: name.join('_'),
      level,
      path,
      type: SCALARS[named.name] ?? 'VARCHAR',
      isList: isListOf(field) && !isJson,
      read: isJson ? (items) => toText(read(items)) : read,
    },
  ];
}

const GROUP_KEY = 'GroupKey';

/** A column for each dimension of the statistics, by its name. */
function toKeyColumns(
  field: Selected,
  { query, groupBy }: ColumnParts,
  { level, within, path }: Place,
): PlannedColumn[] {
  const value = selectedIn(field, query).find(({ node }) => node.name.value === 'value');
  // What is named by its dimension is the value, so the selection has to have it.
  if (!value) throw notTabular(`"${path.join('.')}" is selected without its value`, 'keys { value }');
  return groupBy.map((dimension, at) => ({
    name: toCamel(dimension),
    level,
    path: [...path, dimension],
    type: 'VARCHAR',
    isList: false,
    read: (items) =>
      (dig(items[level], within) as Record<string, unknown>[] | null)?.[at]?.[keyOf(value)] ?? null,
  }));
}

const SCALARS: Readonly<Record<string, RowsColumnType>> = {
  Int: 'INTEGER',
  Float: 'DOUBLE',
  Long: 'BIGINT',
  Boolean: 'BOOLEAN',
  DateTime: 'TIMESTAMPTZ',
};

function groupByOf(way: Way, query: TableQuery): string[] {
  return way.flatMap((field) => (argumentOf(field, 'groupBy', query) as string[] | null) ?? []);
}

function dig(value: unknown, path: readonly string[]): unknown {
  return (
    path.reduce<unknown>(
      (at, key) => (at === null || at === undefined ? null : (at as Record<string, unknown>)[key]),
      value,
    ) ?? null
  );
}

function toText(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** RELEASE_YEAR: releaseYear. */
function toCamel(dimension: string): string {
  return dimension.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function notTabular(what: string, expected: string): GraphQLError {
  return makeRefusal('NOT_TABULAR', `${what}, which makes no table; expected: ${expected}.`);
}
