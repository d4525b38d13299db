// A query as a table: which list its rows are, which columns they have, and the operation that reads a page of them.
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { RowsColumn, RowsColumnType, RowValues } from '../store/export/open-rows-export.ts';

export interface TablePlan {
  readonly columns: readonly RowsColumn[];
  /** Whether the rows come in pages, by the variables PAGE_SIZE and PAGE_AFTER. */
  readonly isPaged: boolean;
  /** `first` and `after` of a paged list as asked. */
  readonly first: number | null;
  readonly after: string | null;
  /** Reads one page, or all of a list without pages. */
  readonly document: DocumentNode;
  /** Counts the rows of a paged list. */
  readonly countDocument: DocumentNode | null;
  /** The rows of an answer to `document`, and where the next page begins; null at the end. */
  readonly read: (data: Record<string, unknown>) => { rows: RowValues[]; next: string | null };
  readonly readCount: (data: Record<string, unknown>) => number;
}

export const PAGE_SIZE = 'tablePageSize';
export const PAGE_AFTER = 'tablePageAfter';

interface TableQuery {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Record<string, unknown>;
}

/**
 * Plans a query of one root field as a table. Rows are a connection's nodes, a list, or the one list within an object (the points of a
 * timeline). Columns are scalars, lists of scalars, and the same of objects to one, named by their path: album_name.
 *
 * @throws GraphQLError NOT_TABULAR naming what has no place in a table
 */
export function planTable(query: TableQuery): TablePlan {
  const { schema, operation } = query;
  const root = schema.getRootType(operation.operation);
  const fields = root
    ? fieldsOf(root, operation.selectionSet, query).filter(({ node }) => !node.name.value.startsWith('__'))
    : [];
  const [only] = fields;
  if (operation.operation !== 'query' || !only || fields.length > 1)
    throw notTabular(
      `The operation is a ${operation.operation} of ${fields.length} root fields`,
      'a query of one root field',
    );
  const { node, type } = only;
  const isList = isListType(getNullableType(type));
  const inner = isList ? null : findRows(only, query);
  const rows = inner ?? only;
  const rowType = getNamedType(rows.type);
  if (!rows.node.selectionSet || !isCompositeType(rowType))
    throw notTabular(`"${node.name.value}" has no rows`, 'a list of objects');
  const columns = checkNames(columnsOf(rowType, rows.node.selectionSet, query, groupByOf(only, query), []));
  if (columns.length === 0)
    throw notTabular(`"${rows.node.name.value}" has no scalar field selected`, 'at least one');
  const isPaged = getNamedType(type).name.endsWith('Connection');
  const pathOfRows = inner ? [keyOf(node), keyOf(inner.node)] : [keyOf(node)];
  const read = (data: Record<string, unknown>) => {
    const list = (dig(data, pathOfRows) ?? []) as Record<string, unknown>[];
    const page = isPaged
      ? (dig(data, [keyOf(node), 'tablePage']) as { hasNextPage: boolean; endCursor: string } | null)
      : null;
    return {
      rows: list.map((row) => columns.map(({ read: readColumn }) => readColumn(row))),
      next: page?.hasNextPage ? page.endCursor : null,
    };
  };
  return {
    columns: columns.map(({ name, type, isList }) => ({ name, type, isList })),
    isPaged,
    first: isPaged ? (argumentOf(only, 'first', query) as number | null) : null,
    after: isPaged ? (argumentOf(only, 'after', query) as string | null) : null,
    document: isPaged ? pageDocument(query, only, inner) : wholeDocument(query, only),
    countDocument: isPaged ? countDocument(query, only) : null,
    read,
    readCount: (data) => (dig(data, [keyOf(node), 'totalCount']) as number | null) ?? 0,
  };
}

interface Selected {
  readonly node: FieldNode;
  readonly type: GraphQLOutputType;
  readonly parent: GraphQLCompositeType;
}

const keyOf = (node: FieldNode) => node.alias?.value ?? node.name.value;

/** The nodes of a connection, or the one list of objects within an object. */
function findRows(parent: Selected, query: TableQuery): Selected {
  const type = getNamedType(parent.type);
  const name = parent.node.name.value;
  if (argumentOf(parent, 'last', query) !== null || argumentOf(parent, 'before', query) !== null)
    throw notTabular(`"${name}" is read from its end`, 'first and after; turn the order round');
  const fields =
    parent.node.selectionSet && isCompositeType(type) ? fieldsOf(type, parent.node.selectionSet, query) : [];
  const lists = fields.filter(
    ({ node, type: of }) =>
      isListType(getNullableType(of)) && node.selectionSet && node.name.value !== 'edges',
  );
  const [rows] = lists;
  if (!rows || lists.length > 1)
    throw notTabular(`"${name}" has ${lists.length} lists of rows selected`, 'one, usually nodes { ... }');
  return rows;
}

interface PlannedColumn extends RowsColumn {
  /** From the row to the value, by the names in the answer. */
  readonly path: readonly string[];
  readonly read: (row: Record<string, unknown>) => unknown;
}

function columnsOf(
  type: GraphQLCompositeType,
  set: SelectionSetNode,
  query: TableQuery,
  groupBy: readonly string[],
  path: readonly string[],
): PlannedColumn[] {
  const columns: PlannedColumn[] = [];
  for (const { node, type: fieldType } of fieldsOf(type, set, query)) {
    const here = [...path, keyOf(node)];
    for (const column of toColumns(node, fieldType, here, query, groupBy)) columns.push(column);
  }
  return columns;
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

function toColumns(
  node: FieldNode,
  type: GraphQLOutputType,
  path: readonly string[],
  query: TableQuery,
  groupBy: readonly string[],
): PlannedColumn[] {
  const named = getNamedType(type);
  const isList = isListType(getNullableType(type));
  if (!isCompositeType(named)) {
    const read = (row: Record<string, unknown>) => dig(row, path);
    const isJson = named.name === 'JSON';
    return [
      {
        name: path.join('_'),
        path,
        type: SCALARS[named.name] ?? 'VARCHAR',
        isList: isList && !isJson,
        read: isJson ? (row) => toText(read(row)) : read,
      },
    ];
  }
  if (!isList) return node.selectionSet ? columnsOf(named, node.selectionSet, query, groupBy, path) : [];
  if (named.name === 'GroupKey') {
    const value = node.selectionSet
      ? fieldsOf(named, node.selectionSet, query).find((field) => field.node.name.value === 'value')
      : undefined;
    // What is named by its dimension is the value, so the selection has to have it.
    if (!value) throw notTabular(`"${path.join('.')}" is selected without its value`, 'keys { value }');
    const key = keyOf(value.node);
    return groupBy.map((dimension, at) => ({
      name: toCamel(dimension),
      path: [...path, dimension],
      type: 'VARCHAR',
      isList: false,
      read: (row) => (dig(row, path) as Record<string, unknown>[] | null)?.[at]?.[key] ?? null,
    }));
  }
  throw notTabular(
    `"${path.join('.')}" is a list of objects`,
    'scalars and objects to one; take the list from the other side, or as JSON',
  );
}

const SCALARS: Readonly<Record<string, RowsColumnType>> = {
  Int: 'INTEGER',
  Float: 'DOUBLE',
  Long: 'BIGINT',
  Boolean: 'BOOLEAN',
  DateTime: 'TIMESTAMPTZ',
};

/** Fields of a selection with its fragments spread, without what @skip and @include leave out. */
function fieldsOf(type: GraphQLCompositeType, set: SelectionSetNode, query: TableQuery): Selected[] {
  return set.selections.flatMap((selection): Selected[] => {
    const skip = getDirectiveValues(GraphQLSkipDirective, selection, query.variables);
    const include = getDirectiveValues(GraphQLIncludeDirective, selection, query.variables);
    if (skip?.if === true || include?.if === false) return [];
    if (selection.kind === Kind.FIELD) {
      const field =
        isObjectType(type) || isInterfaceType(type) ? type.getFields()[selection.name.value] : undefined;
      return field ? [{ node: selection, type: field.type, parent: type }] : [];
    }
    const spread =
      selection.kind === Kind.FRAGMENT_SPREAD ? query.fragments.get(selection.name.value) : selection;
    const narrowed = spread?.typeCondition ? query.schema.getType(spread.typeCondition.name.value) : type;
    return spread && narrowed && isCompositeType(narrowed)
      ? fieldsOf(narrowed, spread.selectionSet, query)
      : [];
  });
}

function argumentOf({ node, parent }: Selected, name: string, { variables }: TableQuery): unknown {
  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  return field ? (getArgumentValues(field, node, variables)[name] ?? null) : null;
}

function groupByOf(field: Selected, query: TableQuery): string[] {
  return (argumentOf(field, 'groupBy', query) as string[] | null) ?? [];
}

// ---- documents

const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
const plainField = (value: string, selections: FieldNode[] = []): FieldNode => ({
  kind: Kind.FIELD,
  name: name(value),
  ...(selections.length > 0 && { selectionSet: { kind: Kind.SELECTION_SET, selections } }),
});
const variable = (value: string, type: string): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: { kind: Kind.VARIABLE, name: name(value) },
  type: { kind: Kind.NAMED_TYPE, name: name(type) },
});

function pageDocument(query: TableQuery, root: Selected, rows: Selected | null): DocumentNode {
  const paging: ArgumentNode[] = [
    { kind: Kind.ARGUMENT, name: name('first'), value: { kind: Kind.VARIABLE, name: name(PAGE_SIZE) } },
    { kind: Kind.ARGUMENT, name: name('after'), value: { kind: Kind.VARIABLE, name: name(PAGE_AFTER) } },
  ];
  const page: FieldNode = {
    ...plainField('pageInfo', [plainField('hasNextPage'), plainField('endCursor')]),
    alias: name('tablePage'),
  };
  return toDocument(query, {
    ...root.node,
    arguments: [...withoutPaging(root.node), ...paging],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [...(rows ? [rows.node] : []), page] },
  });
}

function countDocument(query: TableQuery, root: Selected): DocumentNode {
  return toDocument(query, {
    ...root.node,
    arguments: withoutPaging(root.node),
    selectionSet: { kind: Kind.SELECTION_SET, selections: [plainField('totalCount')] },
  });
}

function wholeDocument(query: TableQuery, root: Selected): DocumentNode {
  return toDocument(query, root.node);
}

function withoutPaging(node: FieldNode): ArgumentNode[] {
  return (node.arguments ?? []).filter(
    (argument) => !['first', 'after', 'last', 'before'].includes(argument.name.value),
  );
}

function toDocument({ operation, fragments }: TableQuery, field: FieldNode): DocumentNode {
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        ...operation,
        variableDefinitions: [
          ...(operation.variableDefinitions ?? []),
          variable(PAGE_SIZE, 'Int'),
          variable(PAGE_AFTER, 'String'),
        ],
        selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
      },
      ...fragments.values(),
    ],
  };
}

// ---- values

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
  return new GraphQLError(`${what}, which makes no table; expected: ${expected}.`, {
    extensions: { code: 'NOT_TABULAR', http: { status: 400 } },
  });
}
