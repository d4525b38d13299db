// Runs an operation on the real schema over a fixture, as the server would, without HTTP.
import { type ExecutionResult, graphql } from 'graphql';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import type { TrackSimilarity } from '../../src/recommend/service.ts';
import type { Context } from '../../src/schema/context.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
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
  }: {
    variables?: Record<string, unknown>;
    runs?: readonly Pick<Run, 'id'>[];
    mayReadRun?: Context['mayReadRun'];
  } = {},
): Promise<ExecutionResult> {
  const store = {
    findRun: async (id: string) => runs.find((run) => run.id === id) ?? null,
  } as unknown as RunStore;
  const contextValue = {
    config: readConfig({}),
    clock: systemClock,
    catalog,
    similarity,
    loaders: createLoaders(() => catalog, store),
    runs: store,
    mayReadRun,
    access: { scope: 'admin', actor: 'test' },
    accessStore: openSqliteAccess(':memory:'),
    signal: new AbortController().signal,
  } as unknown as Context;
  const result = await graphql({
    schema: buildSchema(),
    source,
    contextValue,
    variableValues: variables ?? {},
  });
  return JSON.parse(JSON.stringify({ ...result })) as ExecutionResult;
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
