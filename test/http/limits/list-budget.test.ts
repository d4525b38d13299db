// What an item of a list takes, and when the lists of an execution are too much.
import {
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  GraphQLSchema,
  graphql,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import type { ListBudget } from '../../../src/schema/context.ts';

/** A list of so many, with a field of a few objects, one that is dear for each parent, and one that counts itself. */
const Item: GraphQLObjectType = new GraphQLObjectType({
  name: 'Item',
  fields: () => ({
    n: { type: GraphQLInt, resolve: () => 1 },
    few: { type: new GraphQLList(Item), args: { first: { type: GraphQLInt } }, resolve: () => [] },
    similarTracks: { type: Item, resolve: () => null },
    counted: counts(Item),
  }),
});

const counts = (type: GraphQLObjectType) => ({
  type: new GraphQLList(type),
  args: { n: { type: GraphQLInt }, first: { type: GraphQLInt } },
  extensions: { countsItems: true },
  resolve: (_root: unknown, { n }: { n: number }, budget: ListBudget, info: GraphQLResolveInfo) => {
    budget.spend(info, n);
    return Array.from({ length: n }, () => ({}));
  },
});

const manyOf = (type: GraphQLObjectType) => ({
  type: new GraphQLList(type),
  args: { n: { type: GraphQLInt } },
  resolve: (_root: unknown, { n }: { n: number }, budget: ListBudget, info: GraphQLResolveInfo) => {
    const list = Array.from({ length: n }, () => ({}));
    budget.spendBeyondUsual(info, [list]);
    return list;
  },
});
const fields = { plays: { type: GraphQLInt, resolve: () => 1 } };
const ListeningPeriod = new GraphQLObjectType({
  name: 'ListeningPeriod',
  fields: { rhythm: manyOf(new GraphQLObjectType({ name: 'RhythmPoint', fields })) },
});

const Artist = new GraphQLObjectType({
  name: 'Artist',
  fields: {
    history: manyOf(
      new GraphQLObjectType({
        name: 'Observation',
        fields: { value: { type: GraphQLInt, resolve: () => 1 } },
      }),
    ),
  },
});

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      list: counts(Item),
      unsized: {
        type: new GraphQLList(Item),
        args: { n: { type: GraphQLInt } },
        resolve: (_root, { n }: { n: number }, budget: ListBudget, info) => {
          const list = Array.from({ length: n }, () => ({}));
          budget.spendBeyondUsual(info, [list, list]);
          return list;
        },
      },
      period: { type: ListeningPeriod, resolve: () => ({}) },
      artist: { type: Artist, resolve: () => ({}) },
      room: {
        type: new GraphQLList(Item),
        resolve: (_root, _args, budget: ListBudget, info) =>
          Array.from({ length: budget.room(info, {}) }, () => ({})),
      },
    },
  }),
});

const limits = { maxRows: 100, maxCost: 10 };
const ask = (source: string, budget = createListBudget(limits), variableValues = {}) =>
  graphql({ schema, source, contextValue: budget, variableValues });
const codes = async (source: string, budget?: ListBudget) =>
  (await ask(source, budget)).errors?.map(({ extensions }) => extensions) ?? [];

describe('createListBudget', () => {
  it.each([
    ['an item alone', '{ room { n } }', 100],
    ['two objects in each', '{ room { few(first: 2) { n } } }', 33],
    ['the same spread', '{ room { ...F } } fragment F on Item { few(first: 2) { n } }', 33],
    ['selected twice', '{ room { few(first: 1) { n } } room { more: few(first: 1) { n } } }', 33],
    ['work for each parent', '{ room { similarTracks { n } } }', 8],
    ['a list that counts itself', '{ room { counted(n: 50, first: 50) { n } } }', 100],
  ])('has room for as many as the limits allow: %s', async (_what, source, many) => {
    const { data } = await ask(source);
    expect((data?.room as unknown[]).length).toBe(many);
  });

  it('takes sizes from variables', async () => {
    const source = 'query Q($first: Int) { room { few(first: $first) { n } } }';
    const { data } = await ask(source, createListBudget(limits), { first: 9 });
    expect((data?.room as unknown[]).length).toBe(10);
  });

  it('adds the lists of an execution up, nested ones among them, and begins anew with the next', async () => {
    const budget = createListBudget(limits);
    expect(await codes('{ a: list(n: 50) { n } b: list(n: 50) { n } }', budget)).toEqual([]);
    expect(await codes('{ list(n: 5) { counted(n: 19) { n } } }', budget)).toEqual([]);
    expect(await codes('{ a: list(n: 50) { n } b: list(n: 51) { n } }', budget)).toEqual([
      expect.objectContaining({ code: 'TOO_MANY_ROWS', given: 101, limit: 100 }),
    ]);
    expect((await codes('{ list(n: 5) { counted(n: 20) { n } } }', budget))[0]).toMatchObject({
      code: 'TOO_MANY_ROWS',
      given: 105,
    });
  });

  it('measures a field of a fragment at each place with what is merged with it there', async () => {
    const fragment = 'fragment F on Item { counted(n: 10) { n } }';
    const heavy = 'counted(n: 10) { few(first: 9) { n } }';
    const source = `{ a: list(n: 1) { ...F } b: list(n: 1) { ...F ${heavy} } } ${fragment}`;
    expect(await codes(source)).toEqual([
      expect.objectContaining({ code: 'TOO_MANY_ROWS', given: 1 + 10 + 1 + 100 }),
    ]);
  });

  it('counts what lists without a size hold beyond the three that each was taken for', async () => {
    expect(await codes('{ unsized(n: 53) { n } }')).toEqual([]);
    expect(await codes('{ unsized(n: 54) { n } }')).toEqual([
      expect.objectContaining({ code: 'TOO_MANY_ROWS', given: 102, limit: 100 }),
    ]);
    expect(await codes('{ unsized(n: 28) { few(first: 1) { n } } }')).toEqual([]);
    expect(await codes('{ unsized(n: 29) { few(first: 1) { n } } }')).toMatchObject([{ given: 104 }]);
  });

  it('counts a rhythm beyond a year of days, each a tenth of what an entity costs', async () => {
    const budget = createListBudget({ maxRows: 2_000, maxCost: 10 });
    const rhythm = (n: number) => `{ period { rhythm(n: ${n}) { plays } } }`;
    expect(await codes(rhythm(366 + 1_000), budget)).toEqual([]);
    expect(await codes(rhythm(366 + 1_010), budget)).toMatchObject([{ code: 'TOO_COSTLY', given: 11 }]);
    expect(await codes(rhythm(366 + 101))).toMatchObject([{ code: 'TOO_MANY_ROWS', given: 101 }]);
  });

  it('counts light items beyond the three of a list without a size at a tenth of what entities cost', async () => {
    const budget = createListBudget({ maxRows: 10_000, maxCost: 10 });
    const history = (n: number) => `{ artist { history(n: ${n}) { value } } }`;
    expect(await codes(history(1_003), budget)).toEqual([]);
    expect(await codes(history(1_004), budget)).toMatchObject([{ code: 'TOO_COSTLY', given: 11 }]);
  });

  it('refuses what is dear by its cost', async () => {
    expect(await codes('{ list(n: 9) { similarTracks { n } } }')).toEqual([
      expect.objectContaining({ code: 'TOO_COSTLY', given: 11, limit: 10 }),
    ]);
  });
});
