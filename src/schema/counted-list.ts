// Lists without a size: whatever they hold beyond what the cost of an operation took them for is counted when it is known.
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from './context.ts';

/** What the field of a list says of itself in its extensions: its resolver counts what is beyond its usual length (http/limits/cost.ts). */
export const COUNTS_BEYOND = { countsBeyond: true } as const;

type MaybeLater<T> = T | Promise<T>;

/** Options of a field whose list is read whole. */
export function countedList<P, A extends object, T>(
  read: (parent: P, args: A, context: Context, info: GraphQLResolveInfo) => MaybeLater<readonly T[]>,
) {
  return {
    extensions: COUNTS_BEYOND,
    resolve: (parent: P, args: A, context: Context, info: GraphQLResolveInfo): MaybeLater<T[]> => {
      const list = read(parent, args, context, info);
      return list instanceof Promise
        ? list.then((found) => count(found, context, info))
        : count(list, context, info);
    },
  };
}

/** The same of a list that there may not be. */
export function countedListOrNull<P, T>(read: (parent: P) => readonly T[] | null) {
  return {
    extensions: COUNTS_BEYOND,
    resolve: (parent: P, _args: object, context: Context, info: GraphQLResolveInfo): T[] | null => {
      const list = read(parent);
      return list && count(list, context, info);
    },
  };
}

function count<T>(list: readonly T[], { lists }: Context, info: GraphQLResolveInfo): T[] {
  lists.spendBeyondUsual(info, [list]);
  return [...list];
}

/** Hands a list on, counted beyond the size that its field was given, where that is not the number of its items. */
export function countBeyond<T>(
  list: readonly T[],
  size: number,
  { lists }: Pick<Context, 'lists'>,
  info: GraphQLResolveInfo,
): T[] {
  if (list.length > size) lists.spend(info, list.length - size);
  return [...list];
}
