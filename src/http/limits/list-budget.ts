// Lists that may be longer than their arguments tell: tracks that tie on a rank, the playlists of a track. What an operation may cost is
// computed before it runs and takes them for as long as they usually are; so they count their items when they have them, against the same limits.
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Config } from '../../config.ts';
import { type ItemSize, measureItem, usualLength } from './cost.ts';
import { refuse } from './limits.ts';

interface Spent {
  objects: number;
  tenths: number;
}

/** The budget of one request, as resolvers have it (ListBudget of schema/context.ts). */
export function createListBudget({ maxRows, maxCost }: Pick<Config, 'maxRows' | 'maxCost'>) {
  // The executors have one list of nodes for all parents of a level; one node alone may stand at places where others are merged with it.
  const sizes = new WeakMap<readonly FieldNode[], ItemSize>();
  const counters = new WeakMap<object, Spent>();
  const sizeOf = (info: GraphQLResolveInfo): ItemSize => {
    const size = sizes.get(info.fieldNodes) ?? measureItem(info);
    sizes.set(info.fieldNodes, size);
    return size;
  };
  const spentOf = (counter: object): Spent => {
    const spent = counters.get(counter) ?? { objects: 0, tenths: 0 };
    counters.set(counter, spent);
    return spent;
  };
  // Each execution has variables of its own: one that follows another, which went wrong, counts anew.
  const spend = (info: GraphQLResolveInfo, items: number, counter: object = info.variableValues): void => {
    const size = sizeOf(info);
    const spent = spentOf(counter);
    spent.objects += items * size.objects;
    spent.tenths += items * size.tenths;
    const advice = `"${info.parentType.name}.${info.fieldName}" gives all there are. Ask for fewer, under fewer parents, or for less of each.`;
    if (spent.objects > maxRows)
      throw refuse('TOO_MANY_ROWS', 'objects or more in its lists', spent.objects, maxRows, advice);
    if (spent.tenths > 10 * maxCost)
      throw refuse(
        'TOO_COSTLY',
        'points of cost or more in its lists',
        Math.ceil(spent.tenths / 10),
        maxCost,
        advice,
      );
  };
  return {
    room: (info: GraphQLResolveInfo, counter: object): number => {
      const size = sizeOf(info);
      const spent = spentOf(counter);
      const room = Math.min(
        (maxRows - spent.objects) / size.objects,
        (10 * maxCost - spent.tenths) / size.tenths,
      );
      return Math.max(0, Math.floor(room));
    },
    spend,
    spendBeyondUsual: (info: GraphQLResolveInfo, lists: readonly { readonly length: number }[]): void => {
      const usual = usualLength(info.parentType, info.fieldName);
      let beyond = 0;
      for (const { length } of lists) beyond += Math.max(0, length - usual);
      // Most pages have nothing beyond, and need not be measured.
      if (beyond > 0) spend(info, beyond);
    },
  };
}
