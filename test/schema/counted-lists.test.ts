// Every list of objects that takes no size counts what it holds, or cannot be long.
import {
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  getNamedType,
  getNullableType,
  isCompositeType,
  isListType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import type { ListExtensions } from '../../src/http/limits/cost.ts';
import type { Context } from '../../src/schema/context.ts';
import { countBeyond, countedList, countedListOrNull } from '../../src/schema/counted-list.ts';
import { buildSchema } from '../../src/schema/schema.ts';

const schema = buildSchema();
const SIZES = new Set(['first', 'last', 'sample', 'bins', 'periods', 'days']);

/** Why others need not be counted. */
const BOUNDED = {
  'a page, which is as long as its connection was asked for': /^\w+Connection\.(nodes|edges)$/,
  'as long as the field was asked for that gives it': /^(SimilarTracks\.nodes|MusicMap\.points)$/,
  'two axes, and twelve clusters at most, of the one map': /^MusicMap\.(axes|clusters)$/,
  'a key for each of three dimensions at most': /^StatsGroup\.keys$/,
};

const isListOfObjects = (type: GraphQLOutputType) =>
  isListType(getNullableType(type)) && isCompositeType(getNamedType(type));

function listUnsized(): { name: string; counts: boolean }[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isListOfObjects(field.type) && !field.args.some(({ name }) => SIZES.has(name)))
        .map((field) => {
          const { countsItems = false, countsBeyond = false } = field.extensions as ListExtensions;
          return { name: `${type.name}.${field.name}`, counts: countsItems || countsBeyond };
        }),
    );
}

describe('lists of objects that take no size', () => {
  it('count themselves, or cannot be long', () => {
    const lists = listUnsized();
    expect(lists.length).toBeGreaterThan(40);
    const uncounted = lists.filter(
      ({ name, counts }) => counts === Object.values(BOUNDED).some((bound) => bound.test(name)),
    );
    expect(uncounted).toEqual([]);
  });

  it('are there for every reason', () => {
    const lists = listUnsized();
    const idle = Object.entries(BOUNDED).filter(([, bound]) => !lists.some(({ name }) => bound.test(name)));
    expect(idle).toEqual([]);
  });
});

describe('countedList', () => {
  const info = {} as GraphQLResolveInfo;
  /** What was counted. */
  const record = () => {
    const counted: unknown[] = [];
    const lists = {
      spend: (_info: unknown, items: number) => counted.push(items),
      spendBeyondUsual: (_info: unknown, all: readonly { length: number }[]) =>
        counted.push(all.map(({ length }) => length)),
    };
    return { counted, context: { lists } as unknown as Context };
  };

  it('counts a list that is there, one that is waited for, and none', async () => {
    const { counted, context } = record();
    const resolveOf = (list: readonly number[] | Promise<readonly number[]>) =>
      countedList(() => list).resolve({}, {}, context, info);
    expect(resolveOf([1, 2])).toEqual([1, 2]);
    expect(await resolveOf(Promise.resolve([1, 2, 3]))).toEqual([1, 2, 3]);
    const orNull = (list: readonly number[] | null) =>
      countedListOrNull(() => list).resolve({}, {}, context, info);
    expect([orNull(null), orNull([1])]).toEqual([null, [1]]);
    expect(counted).toEqual([[2], [3], [1]]);
  });

  it('counts what is beyond a size that is not the length of the list', () => {
    const { counted, context } = record();
    expect(countBeyond([1, 2, 3], 2, context, info)).toEqual([1, 2, 3]);
    expect(countBeyond([1, 2, 3], 3, context, info)).toEqual([1, 2, 3]);
    expect(counted).toEqual([1]);
  });
});
