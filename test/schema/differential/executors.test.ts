// The compiled way and graphql-js are asked the same random operations of the real schema: the texts are equal, and where graphql-js has an
// error to tell the compiled way says nothing.
import { execute, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { findOperation, type NamedOperation } from '../../../src/http/limits/limits.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import { compileOperation } from '../../../src/http/quick-lane/compiled-operation.ts';
import type { Context } from '../../../src/schema/context.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { failOnce } from '../../../src/store/catalog/fail-once.ts';
import { drawModel, GENRE_POOL, toGoldRows, WORD_POOL } from '../../fixtures/catalogue-model.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { createTestDraw } from '../../fixtures/test-draw.ts';
import { createRandomOperations } from './random-operations.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20261126);
const ROUNDS = 60 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1);
const VARIABLES = { yes: true, no: false };

const schema = buildSchema();
const { draw, beginPerTest } = createTestDraw(SEED);
beginPerTest();
const model = drawModel(draw);
const ids = [...model.artists, ...model.albums, ...model.tracks].map(({ id }) => id);
const drawOperation = createRandomOperations(schema, draw, {
  id: [...ids, 'nobody'],
  name: [...GENRE_POOL, 'no such genre'],
  term: [...WORD_POOL, 'x'],
});

const opened: Record<string, FixtureCatalog> = {};
beforeAll(async () => {
  console.log(
    `differential: seed ${SEED} (GROOVELAKE_TEST_SEED), ${ROUNDS} operations (GROOVELAKE_TEST_ROUNDS)`,
  );
  const rows = toGoldRows(model);
  opened['the serving index and columns'] = await openFixtureCatalog(rows, { hasIndex: true, columns: true });
  opened.DuckDB = await openFixtureCatalog(rows);
});
afterAll(() => Promise.all(Object.values(opened).map((fixture) => fixture.close())));

function createContext({ open }: FixtureCatalog): Context {
  const { signal } = new AbortController();
  const catalog = failOnce(open.forRequest(signal), { mayExecuteTwice: true });
  return {
    config: readConfig({}),
    clock: systemClock,
    catalog,
    similarity: null,
    loaders: createLoaders(
      () => catalog,
      {} as Context['runs'],
      () => ({}) as Context['landing'],
    ),
    lists: createListBudget(readConfig({})),
    signal,
  } as unknown as Context;
}

describe('a compiled operation', () => {
  it.each(['the serving index and columns', 'DuckDB'])('says what graphql-js says, by %s', async (engine) => {
    const fixture = opened[engine] as FixtureCatalog;
    let [plain, failing] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const source = drawOperation();
      const document = parse(source);
      expect(validate(schema, document), source).toEqual([]);
      // A condition may be null where its variable has a default: an error that is told when the field is come to.
      const variableValues = round % 12 === 11 ? { ...VARIABLES, yes: null } : VARIABLES;
      const { data, errors } = await execute({
        schema,
        document,
        variableValues,
        contextValue: createContext(fixture),
      });
      const compiled = compileOperation(schema, findOperation(document, null) as NamedOperation);
      const text = await compiled?.execute(variableValues, createContext(fixture));
      expect(text, source).toBe(errors ? null : JSON.stringify(data));
      if (errors) failing += 1;
      else plain += 1;
    }
    // The draw would prove nothing if all of it failed, or nothing.
    expect(plain).toBeGreaterThan(ROUNDS / 4);
    expect(failing).toBeGreaterThan(0);
  });
});
