import {
  execute,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { findOperation, type NamedOperation } from '../../../src/http/limits/limits.ts';
import {
  type CompiledOperation,
  compileOperation,
  createCompiler,
} from '../../../src/http/quick-lane/compiled-operation.ts';

const Mode = new GraphQLEnumType({ name: 'Mode', values: { MAJOR: { value: 1 }, MINOR: { value: 0 } } });
const Json = new GraphQLScalarType({ name: 'Json', serialize: (value) => value });

/** A query type whose fields give what they are told, each of one type. */
function schemaOf(fields: Record<string, [GraphQLOutputType, unknown]>): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: Object.fromEntries(
        Object.entries(fields).map(([name, [type, value]]) => [
          name,
          { type, resolve: () => (typeof value === 'function' ? value() : value) },
        ]),
      ),
    }),
  });
}

async function askBoth(
  schema: GraphQLSchema,
  source: string,
  variables: Record<string, unknown> = {},
): Promise<{ compiled: string | null; expected: string | null }> {
  const document = parse(source);
  const { data, errors } = await execute({ schema, document, variableValues: variables });
  const compiled = await compile(schema, source)?.execute(variables, {});
  return { compiled: compiled ?? null, expected: errors ? null : JSON.stringify(data) };
}

function compile(schema: GraphQLSchema, source: string): CompiledOperation | null {
  return compileOperation(schema, findOperation(parse(source), null) as NamedOperation);
}

const required = (type: ConstructorParameters<typeof GraphQLNonNull>[0]) =>
  new GraphQLNonNull(type) as GraphQLOutputType;
const listOf = (type: GraphQLOutputType) => new GraphQLList(type);

describe('compileOperation: values', () => {
  it.each<[string, GraphQLOutputType, unknown]>([
    ['a text with signs', GraphQLString, 'a "b" \\ \n\u2028 \ud800 é'],
    ['a number as a text', GraphQLString, 12.5],
    ['a truth as a text', GraphQLString, false],
    ['an id that is a number', GraphQLID, 7],
    ['a whole number', GraphQLInt, -2147483648],
    ['a truth as a number', GraphQLInt, true],
    ['minus zero', GraphQLFloat, -0],
    ['a large number', GraphQLFloat, 1.5e300],
    ['a small number', GraphQLFloat, 5e-324],
    ['a truth', GraphQLBoolean, true],
    ['a value of an enumeration', Mode, 0],
    ['a scalar of our own', Json, { a: [1, null, 'x'] }],
    ['null', GraphQLString, null],
    ['nothing at all', GraphQLString, undefined],
    ['a promise', GraphQLInt, Promise.resolve(3)],
    [
      'a list of promises and nulls',
      listOf(GraphQLInt),
      [1, null, Promise.resolve(3), Promise.resolve(null)],
    ],
    ['a set', listOf(GraphQLString), new Set(['x', 'y'])],
    ['lists of lists', listOf(listOf(required(GraphQLInt))), [[1, 2], [], null, [3]]],
    ['an empty list', listOf(Mode), []],
  ])('writes %s as graphql-js does', async (_what, type, value) => {
    const { compiled, expected } = await askBoth(schemaOf({ field: [type, value] }), '{ field }');
    expect(expected).not.toBeNull();
    expect(compiled).toBe(expected);
  });

  it.each<[string, GraphQLOutputType, unknown]>([
    [
      'a resolver that throws',
      GraphQLString,
      () => {
        throw new Error('x');
      },
    ],
    ['a promise that fails', GraphQLString, () => Promise.reject(new Error('x'))],
    ['an error as a value', Json, new Error('x')],
    ['an error in a list', listOf(GraphQLString), [new Error('x')]],
    ['null where none may be', required(GraphQLString), null],
    ['null in a list where none may be', listOf(required(GraphQLString)), ['x', null]],
    ['a number that is none', GraphQLFloat, Number.NaN],
    ['a number beyond 32 bits', GraphQLInt, 2 ** 31],
    ['half a number', GraphQLInt, 0.5],
    ['a value that no enumeration has', Mode, 7],
    ['a scalar made of nothing', new GraphQLScalarType({ name: 'None', serialize: () => undefined }), 1],
    ['no list', listOf(GraphQLString), 'text'],
  ])('leaves it to graphql-js: %s', async (_what, type, value) => {
    const { compiled, expected } = await askBoth(schemaOf({ field: [type, value] }), '{ field }');
    expect({ compiled, expected }).toEqual({ compiled: null, expected: null });
  });

  it('hears of no rejection that it left behind', async () => {
    const schema = schemaOf({
      late: [GraphQLString, () => new Promise((_, reject) => setTimeout(reject, 5, new Error('late')))],
      now: [
        GraphQLString,
        () => {
          throw new Error('now');
        },
      ],
    });
    // An unhandled rejection would fail this file.
    expect(await compile(schema, '{ late now }')?.execute({}, {})).toBeNull();
    await new Promise((done) => setTimeout(done, 20));
  });
});

describe('compileOperation: selections', () => {
  const Artist = new GraphQLObjectType({ name: 'Artist', fields: { name: { type: GraphQLString } } });
  const Track: GraphQLObjectType = new GraphQLObjectType({
    name: 'Track',
    fields: () => ({
      name: { type: required(GraphQLString) as never },
      length: {
        type: GraphQLString,
        args: { unit: { type: GraphQLString, defaultValue: 'ms' }, round: { type: GraphQLInt } },
        resolve: (_track, args) => JSON.stringify(args),
      },
      artist: { type: Artist, resolve: async ({ artist }) => artist },
      next: { type: Track },
    }),
  });
  const Node = new GraphQLUnionType({
    name: 'Node',
    types: [Artist, Track],
    resolveType: (value) => ('artist' in value ? 'Track' : 'artist' in value ? '' : 'Artist'),
  });
  const tracks = [
    { name: 'YYZ', artist: { name: 'Rush' }, next: { name: 'Limelight', artist: null } },
    { name: 'Tom Sawyer', artist: null },
  ];
  const schema = schemaOf({
    tracks: [listOf(required(Track)), tracks],
    nodes: [listOf(Node), [tracks[0], { name: 'Rush' }, null, tracks[1]]],
  });

  it.each<[string, string, Record<string, unknown>?]>([
    ['objects and nulls', '{ tracks { name artist { name } next { name artist { name } } } }'],
    [
      'names, types and arguments',
      '{ __typename a: tracks { t: __typename length b: length(unit: "s", round: null) } }',
    ],
    ['a variable as an argument', 'query ($u: String) { tracks { length(unit: $u) } }', { u: 's' }],
    ['a variable that is not given', 'query ($u: String) { tracks { length(unit: $u) } }', {}],
    [
      'a field asked for twice',
      '{ tracks { next { name } } ... { tracks { next { artist { name } } name } } }',
    ],
    [
      'fragments',
      '{ tracks { ...A next { ...A } } } fragment A on Track { name artist { ...B } } fragment B on Artist { name }',
    ],
    ['a union', '{ nodes { __typename ... on Track { name artist { name } } ... on Artist { n: name } } }'],
    ['a union of which nothing is asked', '{ nodes { ... on Track { name } } tracks { name } }'],
    ['conditions that are known', '{ tracks { name @skip(if: false) artist @include(if: false) { name } } }'],
  ])('selects %s as graphql-js does', async (_what, source, variables = {}) => {
    const { compiled, expected } = await askBoth(schema, source, variables);
    expect(expected).not.toBeNull();
    expect(compiled).toBe(expected);
  });

  it('is compiled for each combination of its conditions', async () => {
    const source =
      'query ($a: Boolean!, $b: Boolean!) { tracks { name @skip(if: $a) ...F @include(if: $b) x: name } } fragment F on Track { next { name } }';
    const operation = compile(schema, source);
    for (const variables of [
      { a: true, b: true },
      { a: false, b: true },
      { a: true, b: false },
      { a: true, b: true },
    ]) {
      const { expected } = await askBoth(schema, source, variables);
      expect(await operation?.execute(variables, {})).toBe(expected);
    }
  });

  it('leaves a condition that is null to graphql-js, and no other, whether it has run before or not', async () => {
    const source = `query A($if: Boolean = true) { tracks { name @include(if: $if) next @skip(if: $if) { name } } }
      query B($other: Boolean = true) { ...F } fragment F on Query { tracks { name @skip(if: $other) } }`;
    const document = parse(source);
    const operation = compileOperation(schema, findOperation(document, 'A') as NamedOperation);
    const operationName = 'A';
    for (const given of [null, true, null, false]) {
      const variables = { if: given };
      const { data, errors } = await execute({ schema, document, operationName, variableValues: variables });
      expect([given, errors?.[0]?.message]).toEqual([
        given,
        given === null ? 'Argument "if" of non-null type "Boolean!" must not be null.' : undefined,
      ]);
      const text = await operation?.execute(variables, {});
      expect([given, text]).toEqual([given, given === null ? null : JSON.stringify(data)]);
    }
  });

  it('tells conditions apart whatever other directives are told', async () => {
    const source = `query ($a: String, $if: Boolean!, $b: String) {
      tracks @note(text: $a) { next @include(if: $if) { name } name @note(text: $b) } }`;
    const operation = compile(schema, source);
    for (const variables of [
      { a: 'x', if: true, b: 'false,y' },
      { a: 'x,true', if: false, b: 'y' },
    ]) {
      const { expected } = await askBoth(schema, source, variables);
      expect(await operation?.execute(variables, {})).toBe(expected);
    }
    const notes = ['a', 'b', 'c', 'd', 'e'].map((name) => `@note(text: $${name})`).join(' ');
    expect(compile(schema, `{ tracks ${notes} { name } }`)).not.toBeNull();
  });

  it('knows no mutations, no operation with many conditions and no type that looks at its values', async () => {
    expect(compile(schema, 'mutation { x }')).toBeNull();
    const many = ['a', 'b', 'c', 'd', 'e'];
    const conditions = many.map((name) => `${name}: tracks @skip(if: $${name}) { name }`).join(' ');
    expect(
      compile(schema, `query (${many.map((name) => `$${name}: Boolean!`).join(' ')}) { ${conditions} }`),
    ).toBeNull();
    const Looking = new GraphQLObjectType({
      name: 'Looking',
      isTypeOf: () => true,
      fields: { x: { type: GraphQLString } },
    });
    expect(await compile(schemaOf({ field: [Looking, {}] }), '{ field { x } }')?.execute({}, {})).toBeNull();
  });
});

describe('createCompiler', () => {
  it('keeps the operations used last, as many as have so many fields', () => {
    const schema = schemaOf({ field: [GraphQLString, 'x'] });
    const find = createCompiler(schema, 3);
    const [a, b, c] = ['a', 'b', 'c'].map(
      (name) => findOperation(parse(`query ${name} { field }`), null) as NamedOperation,
    ) as [NamedOperation, NamedOperation, NamedOperation];
    const first = find(a, 1);
    const second = find(b, 1);
    expect(find(a, 1)).toBe(first);
    find(c, 2);
    expect(find(a, 1)).toBe(first);
    expect(find(b, 1)).not.toBe(second);
  });
});

describe('compileOperation: resolvers', () => {
  it('hands a level over as a whole where a field can take it', async () => {
    const asked: unknown[] = [];
    const Track = new GraphQLObjectType({
      name: 'Track',
      fields: {
        artist: {
          type: GraphQLString,
          args: { n: { type: GraphQLInt } },
          resolve: ({ id }) => `artist of ${id}`,
          extensions: {
            resolveLevel: (parents: { id: number }[], args: object, context: object) => {
              asked.push([parents.length, args, context]);
              return Promise.resolve(parents.map(({ id }) => `artist of ${id}`));
            },
          },
        },
      },
    });
    const schema = schemaOf({ tracks: [listOf(Track), [{ id: 1 }, null, { id: 2 }]] });
    const text = await compile(schema, '{ tracks { artist(n: 4) } }')?.execute({}, { who: 'me' });
    expect(text).toBe('{"tracks":[{"artist":"artist of 1"},null,{"artist":"artist of 2"}]}');
    expect(asked).toEqual([[2, { n: 4 }, { who: 'me' }]]);
  });

  it('tells resolvers what graphql-js tells them, but for the path of their parents', async () => {
    const told: GraphQLResolveInfo[] = [];
    const schema = new GraphQLSchema({
      query: new GraphQLObjectType({
        name: 'Query',
        fields: {
          field: {
            type: GraphQLString,
            resolve: (_root, _args, _context, info) => {
              told.push(info);
              return 'x';
            },
          },
        },
      }),
    });
    const source = 'query ($a: String) { x: field @skip(if: false) ...F } fragment F on Query { x: field }';
    await askBoth(schema, source, { a: 'x' });
    const [expected, given] = told.map(({ operation, schema: _, ...info }) => ({
      ...info,
      operation: operation.kind,
      fragments: Object.keys(info.fragments),
      fieldNodes: info.fieldNodes.map(({ name }) => name.value),
    }));
    expect(given).toEqual(expected);
  });
});
