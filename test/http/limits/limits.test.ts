import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { checkVariables } from '../../../src/http/limits/limits.ts';
import { ask, start } from '../plain-server.ts';

describe('limits', () => {
  it('refuse with the figure, the limit and advice', async () => {
    const { url } = await start({
      GROOVELAKE_MAX_DEPTH: '4',
      GROOVELAKE_MAX_ALIASES: '2',
      GROOVELAKE_MAX_COST: '100',
    });
    const code = async (query: string, variables = {}) =>
      (await ask(url, query, {}, variables)).body.errors?.[0];
    expect(await code('{ node { nodes { nodes { nodes { name } } } } }')).toMatchObject({
      extensions: { code: 'TOO_DEEP', given: 5, limit: 4 },
    });
    expect(await code('{ a: hello b: hello c: hello }')).toMatchObject({
      extensions: { code: 'TOO_MANY_ALIASES', given: 3, limit: 2 },
    });
    expect(await code('{ node { nodes(first: 100) { nodes(first: 100) { name } } } }')).toMatchObject({
      extensions: { code: 'TOO_COSTLY', limit: 100 },
    });
    expect(
      await code('query($n: Int) { node { nodes(first: $n) { nodes(first: $n) { name } } } }', { n: 100 }),
    ).toMatchObject({
      message: expect.stringContaining('Lower "first", or ask for fewer nested lists.'),
      extensions: { code: 'TOO_COSTLY' },
    });
    expect(await code(`{ hello ${'hello '.repeat(2_500)} }`)).toMatchObject({
      message: expect.stringContaining('the limit is 2000'),
      extensions: { code: 'TOO_MANY_TOKENS', given: 2_503, limit: 2_000 },
    });
  });

  it('stand against fragments that fan out', async () => {
    const { url } = await start();
    const fragments = Array.from(
      { length: 22 },
      (_, at) => `fragment f${at} on Node { ...f${at + 1} ...f${at + 1} }`,
    ).join(' ');
    const { body } = await ask(url, `{ node { ...f0 } } ${fragments} fragment f22 on Node { name }`);
    expect(body).toMatchObject({
      errors: [{ extensions: { code: 'TOO_MANY_FIELDS', given: 2 ** 22 + 1, limit: 2_000 } }],
    });
  });

  it('let the introspection of GraphiQL pass, unless it is switched off', async () => {
    expect((await ask((await start()).url, getIntrospectionQuery())).body.errors).toBeUndefined();
    const off = await start({ GROOVELAKE_INTROSPECTION: 'false' });
    expect((await ask(off.url, '{ __schema { types { name } } }')).body.errors?.[0]?.extensions.code).toBe(
      'INTROSPECTION_OFF',
    );
  });
});

describe('checkVariables', () => {
  const check = (variables: unknown, env = {}) => {
    const error = checkVariables(variables, readConfig(env));
    return error && [error.extensions.code, error.extensions.given, error.extensions.limit];
  };
  const values = (count: number) => Array.from({ length: count }, (_, at) => at);

  it('counts values and objects in lists and objects, and refuses more than are held against their types in a moment', () => {
    expect(check({ f: { or: values(33_900).map(() => ({})) } })).toEqual([
      'VARIABLES_TOO_WIDE',
      33_900 + 1,
      3_000,
    ]);
    expect(check({ ids: values(15_000) })).toEqual(['VARIABLES_TOO_WIDE', 15_001, 15_000]);
    expect(check({ a: [values(10_000), [values(5_000)]] })).toEqual(['VARIABLES_TOO_WIDE', 15_004, 15_000]);
    expect(check([])).toBe(null);
    expect(check(null)).toBe(null);
  });

  it('lets the largest filter pass that the filters take', () => {
    const part = {
      name: { contains: 'x', ne: 'y' },
      energy: { gte: 0, lte: 1 },
      artists: { some: { id: { eq: 'x' } } },
    };
    expect(check({ f: { or: values(490).map(() => part) }, n: 20 })).toBe(null);
    expect(check({ f: { name: { in: values(10_000) } } })).toBe(null);
  });

  it('reads its limits from the settings', () => {
    expect(check({ f: values(12) }, { GROOVELAKE_MAX_VARIABLE_VALUES: '12' })).toEqual([
      'VARIABLES_TOO_WIDE',
      13,
      12,
    ]);
    expect(check({ f: values(12).map(() => ({})) }, { GROOVELAKE_MAX_VARIABLE_OBJECTS: '11' })).toEqual([
      'VARIABLES_TOO_WIDE',
      12,
      11,
    ]);
  });
});
