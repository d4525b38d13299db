// The operations that read a table: the way to its rows and nothing beside it, a page at a time where they are a connection.
import {
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { Selected, TableQuery, Way } from './table-selection.ts';

export const PAGE_SIZE = 'tablePageSize';
export const PAGE_AFTER = 'tablePageAfter';
export const PAGE_INFO = 'tablePage';

const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
const selectionOf = (selections: readonly SelectionNode[]): SelectionSetNode => ({
  kind: Kind.SELECTION_SET,
  selections,
});
const plainField = (value: string, selections: FieldNode[] = []): FieldNode => ({
  kind: Kind.FIELD,
  name: name(value),
  ...(selections.length > 0 && { selectionSet: selectionOf(selections) }),
});
const variable = (value: string, type: string): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: { kind: Kind.VARIABLE, name: name(value) },
  type: { kind: Kind.NAMED_TYPE, name: name(type) },
});

/** Reads a page by PAGE_SIZE and PAGE_AFTER; says under PAGE_INFO where the next one begins. */
export function pageDocument(query: TableQuery, paged: Way, rows: Selected): DocumentNode {
  const paging: ArgumentNode[] = [
    { kind: Kind.ARGUMENT, name: name('first'), value: { kind: Kind.VARIABLE, name: name(PAGE_SIZE) } },
    { kind: Kind.ARGUMENT, name: name('after'), value: { kind: Kind.VARIABLE, name: name(PAGE_AFTER) } },
  ];
  const page: FieldNode = {
    ...plainField('pageInfo', [plainField('hasNextPage'), plainField('endCursor')]),
    alias: name(PAGE_INFO),
  };
  return alongWay(query, paged, (node) => ({
    ...node,
    arguments: [...withoutPaging(node), ...paging],
    selectionSet: selectionOf([rows.node, page]),
  }));
}

/** Counts the rows of a paged list. */
export function countDocument(query: TableQuery, paged: Way): DocumentNode {
  return alongWay(query, paged, (node) => ({
    ...node,
    arguments: withoutPaging(node),
    selectionSet: selectionOf([plainField('totalCount')]),
  }));
}

function withoutPaging(node: FieldNode): ArgumentNode[] {
  return (node.arguments ?? []).filter(
    (argument) => !['first', 'after', 'last', 'before'].includes(argument.name.value),
  );
}

/** The operation with nothing but the way to a field, which may be another at its end. */
export function alongWay(
  { operation, fragments }: TableQuery,
  way: Way,
  toEnd: (node: FieldNode) => FieldNode = (node) => node,
): DocumentNode {
  const selections = way.reduceRight<SelectionNode[]>((inner, { node, parent }, at) => {
    const field = at === way.length - 1 ? toEnd(node) : { ...node, selectionSet: selectionOf(inner) };
    const typeCondition = { kind: Kind.NAMED_TYPE, name: name(parent.name) } as const;
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: selectionOf([field]) }];
  }, []);
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
        selectionSet: selectionOf(selections),
      },
      ...fragments.values(),
    ],
  };
}
