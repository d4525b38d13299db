// Relay connections: nodes, edges, pageInfo and a total that is only counted when asked for.
import type { ObjectRef } from '@pothos/core';
import type { NestedConnection } from '../store/catalog/listing.ts';
import { type Connection, DEFAULT_PAGE_SIZE, type Edge, type Page } from '../store/catalog/page.ts';
import { builder } from './builder.ts';
import type { Context } from './context.ts';

const PageInfoRef = builder.objectRef<Page<unknown>>('PageInfo').implement({
  description: 'Where a page lies in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      nullable: false,
      description: 'Whether there are rows after the page.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      nullable: false,
      description: 'Whether there are rows before the page.',
    }),
    startCursor: t.string({
      description: 'Cursor of the first row; null for an empty page.',
      resolve: ({ edges }) => edges[0]?.cursor ?? null,
    }),
    endCursor: t.string({
      description: 'Cursor of the last row; null for an empty page.',
      resolve: ({ edges }) => edges.at(-1)?.cursor ?? null,
    }),
  }),
});

/**
 * The connection type of a node type, e.g. TrackConnection with TrackEdge for Track.
 *
 * @param validity how long a cursor names its place
 */
export function defineConnection<T>(
  name: string,
  node: ObjectRef<never, T> | { readonly $inferType: T },
  validity = 'stays valid on later snapshots',
) {
  const nodeRef = node as unknown as ReturnType<typeof builder.objectRef<object>>;
  const edgeRef = builder.objectRef<Edge<T>>(`${name}Edge`).implement({
    description: 'A row of a page with its place in the list.',
    fields: (t) => ({
      node: t.field({
        type: nodeRef,
        nullable: false,
        description: 'The row.',
        resolve: (edge) => edge.node as object,
      }),
      cursor: t.exposeString('cursor', {
        nullable: false,
        description: `Its place, for \`after\` and \`before\`. Opaque; ${validity}.`,
      }),
    }),
  });
  return builder.objectRef<Connection<T>>(`${name}Connection`).implement({
    description: 'A page of a list.',
    fields: (t) => ({
      nodes: t.field({
        type: [nodeRef],
        nullable: false,
        description: 'The rows of the page.',
        resolve: async (connection) => (await connection.page()).edges.map((edge) => edge.node as object),
      }),
      edges: t.field({
        type: [edgeRef],
        nullable: false,
        description: 'The rows of the page with their cursors.',
        resolve: async (connection) => [...(await connection.page()).edges],
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        nullable: false,
        description: 'Where the page lies.',
        resolve: (connection) => connection.page(),
      }),
      totalCount: t.int({
        nullable: false,
        description: 'Rows of the whole list; counted only when asked for.',
        resolve: (connection) => connection.count(),
      }),
    }),
  });
}

/** A connection of one parent, read together with those of its siblings. */
export function connectionOf<T>(
  context: Context,
  parentId: string,
  { page, count }: NestedConnection<T>,
): Connection<T> {
  return {
    page: () => context.loaders.nested(page, parentId),
    count: () => context.loaders.nested(count, parentId),
  };
}

export const FIRST = `Rows from the beginning, 1..100; ${DEFAULT_PAGE_SIZE} unless stated.`;
export const AFTER = 'Cursor of the row before the page; the page begins with the first row unless stated.';
const LAST = 'Rows from the end, 1..100.';
const BEFORE = 'Cursor of the row after the page; the page ends with the last row unless stated.';

/** What a list of pages takes that can be read from both ends. */
export const PAGE_ARGS = builder.args((t) => ({
  first: t.int({ description: FIRST }),
  after: t.string({ description: AFTER }),
  last: t.int({ description: LAST }),
  before: t.string({ description: BEFORE }),
}));
