// Runs an operation on the real schema over a fixture, as the server would, without HTTP: compiled where that is possible, else by graphql-js.
// With GROOVELAKE_COMPILED_QUERIES=false (npm run test:graphql-js) it is graphql-js for all.
import { type ExecutionResult, getVariableValues, graphql, parse, validate } from 'graphql';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { findOperation } from '../../src/http/limits/limits.ts';
import { createListBudget } from '../../src/http/limits/list-budget.ts';
import { compileOperation } from '../../src/http/quick-lane/compiled-operation.ts';
import type { TrackSimilarity } from '../../src/recommend/similar-tracks.ts';
import type { Context } from '../../src/schema/context.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import { isSnapshotOnly } from '../../src/schema/snapshot-only.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import { failOnce } from '../../src/store/catalog/fail-once.ts';
import type { Run, RunStore } from '../../src/store/runs/run-store.ts';
import type { FixtureCatalog } from '../fixtures/gold.ts';

/** One request: loaders of its own. `runs` are those on record. What an operation of the catalogue has no use for is missing. */
export async function execute(
  { catalog, similarity = null }: FixtureCatalog & { readonly similarity?: TrackSimilarity | null },
  source: string,
  {
    variables,
    runs = [],
    mayReadRun = () => true,
    env = {},
  }: {
    variables?: Record<string, unknown>;
    runs?: readonly Pick<Run, 'id'>[];
    mayReadRun?: Context['mayReadRun'];
    /** Settings. */
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ExecutionResult> {
  const store = {
    findRun: async (id: string) => runs.find((run) => run.id === id) ?? null,
    listRuns: async ({ filter }: { filter: { ids: readonly string[] } }) => ({
      runs: runs.filter(({ id }) => filter.ids.includes(id)),
    }),
  } as unknown as RunStore;
  // Some tests ask nothing of the snapshot and have none.
  const once = catalog && failOnce(catalog, { mayExecuteTwice: true });
  const contextValue = {
    config: readConfig(env),
    clock: systemClock,
    catalog: once,
    similarity,
    loaders: createLoaders(
      () => once,
      store,
      () => ({}) as Context['landing'],
    ),
    lists: createListBudget(readConfig(env)),
    runs: store,
    mayReadRun,
    access: { scope: 'admin', actor: 'test' },
    accessStore: openSqliteAccess(':memory:'),
    signal: new AbortController().signal,
  } as unknown as Context;
  const text = await executeCompiled(source, variables ?? {}, contextValue);
  if (text !== null) return { data: JSON.parse(text) };
  const result = await graphql({
    schema: buildSchema(),
    source,
    contextValue,
    variableValues: variables ?? {},
  });
  return JSON.parse(JSON.stringify({ ...result })) as ExecutionResult;
}

/** Null for what the server would not compile either, and where something goes wrong. */
async function executeCompiled(
  source: string,
  variables: Record<string, unknown>,
  context: Context,
): Promise<string | null> {
  if (process.env.GROOVELAKE_COMPILED_QUERIES === 'false') return null;
  const schema = buildSchema();
  const document = parse(source);
  if (validate(schema, document).length > 0 || !isSnapshotOnly(schema, document)) return null;
  const named = findOperation(document, null);
  const { coerced } = getVariableValues(schema, named?.operation.variableDefinitions ?? [], variables);
  const compiled = named && compileOperation(schema, named);
  return compiled && coerced ? compiled.execute(coerced, context) : null;
}

/** The data of an operation that must succeed. */
export async function query(
  opened: Parameters<typeof execute>[0],
  source: string,
  options?: Parameters<typeof execute>[2],
): Promise<Record<string, unknown>> {
  const { data, errors } = await execute(opened, source, options);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}
