// A list without a size under each object of a level, e.g. the artists of tracks: how one object's is resolved, and how all of them at once.
import type { GraphQLResolveInfo } from 'graphql';
import type { NestedField } from '../store/catalog/listing.ts';
import type { Context } from './context.ts';
import { COUNTS_BEYOND } from './counted-list.ts';

/** Options of a field whose parents have ids. */
export function nestedListOf<T>(field: NestedField<readonly T[]>) {
  return {
    resolve: ({ id }: WithId, _args: object, context: Context, info: GraphQLResolveInfo): Promise<T[]> =>
      loadNestedList(field, id, context, info),
    extensions: {
      ...COUNTS_BEYOND,
      reads: ['id'],
      resolveLevel: (
        parents: readonly WithId[],
        _args: object,
        { loaders, lists }: Context,
        info: GraphQLResolveInfo,
      ) => {
        const count = (level: readonly (readonly T[])[]) => {
          lists.spendBeyondUsual(info, level);
          return level;
        };
        const ids = parents.map(({ id }) => id);
        const level = loaders.nestedLevel(field, ids);
        return level instanceof Promise ? level.then(count) : count(level);
      },
    },
  };
}

/** The list of one parent, counted. */
export async function loadNestedList<T>(
  field: NestedField<readonly T[]>,
  parentId: string,
  { loaders, lists }: Context,
  info: GraphQLResolveInfo,
): Promise<T[]> {
  const list = await loaders.nested(field, parentId);
  lists.spendBeyondUsual(info, [list]);
  return [...list];
}

interface WithId {
  readonly id: string;
}
