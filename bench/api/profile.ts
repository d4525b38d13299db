// Profiles the workloads without HTTP, in this process, documents prepared, nothing remembered: node bench/api/profile.ts [--scale 28k]
// [--workloads W1,W2] [--executor compiled] [--operations 3000] [--csv FILE] [--folder FOLDER] [--out FOLDER]. Prints processor time and
// bytes allocated per operation and who allocates most; writes a CPU profile per workload, which flame.ts draws.
import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { execute, getVariableValues, parse } from 'graphql';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { findOperation } from '../../src/http/limits/limits.ts';
import { createListBudget } from '../../src/http/limits/list-budget.ts';
import { compileOperation } from '../../src/http/quick-lane/compiled-operation.ts';
import { createLog } from '../../src/log.ts';
import type { Context } from '../../src/schema/context.ts';
import { createLoaders } from '../../src/schema/loaders.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import { openSnapshot } from '../../src/server/open-snapshot.ts';
import { openDuckDb, quoteText } from '../../src/store/duckdb.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import { prepareData } from './data.ts';
import { WORKLOADS } from './workloads.ts';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '28k' },
    workloads: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    executor: { type: 'string', default: 'compiled' },
    operations: { type: 'string', default: '3000' },
    csv: { type: 'string', default: '../shared/data/spotify_songs.csv' },
    folder: { type: 'string', default: join(tmpdir(), 'groovelake-bench-api') },
    out: { type: 'string', default: join(tmpdir(), 'groovelake-profiles') },
  },
});
const SHOWN = 6;
const ROUNDS = 5;
const SAMPLING_BYTES = 8_192;

const folder = resolve(options.folder);
const { dataDir, tablesDir } = await prepareData(resolve(options.csv), folder, options.scale);
const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
const current = await createSnapshotStore({
  dataDir,
  clock: systemClock,
  random: systemRandomness,
}).readCurrent();
if (!current) throw new Error(`"${dataDir}" has no snapshot.`);
const log = createLog({ level: 'error', format: 'text', write: (line) => console.error(line), now: () => 0 });
const snapshot = await openSnapshot(current.manifest, config, systemClock, log);
const schema = buildSchema();
const operations = new Map<string, ReturnType<typeof prepare>>();
const session = new Session();
session.connect();
const never = new AbortController().signal;
mkdirSync(options.out, { recursive: true });
while (!snapshot.catalog.forRequest(never).serving) await new Promise((done) => setTimeout(done, 50));

for (const name of options.workloads.split(',')) {
  const asked = await listRequests(name);
  const times = Number(options.operations);
  const run = async (from: number, count: number) => {
    for (let at = from; at < from + count; at++)
      await ask(asked[at % asked.length] as (typeof asked)[number]);
  };
  // The first statistic has its columns read; until they are there DuckDB would be measured.
  await run(0, 1);
  if (name === 'W4')
    while (!snapshot.catalog.forRequest(never).columns) await new Promise((done) => setTimeout(done, 50));
  await run(0, times / 2);
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run(round * 7, times / ROUNDS);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / (times / ROUNDS));
  }
  costs.sort((x, y) => x - y);
  const bytes = await profileAllocations(() => run(0, times / ROUNDS));
  const [least = 0, , median = 0] = costs;
  const each = (total: number) => `${(total / (times / ROUNDS) / 1_024).toFixed(1)} KiB`;
  console.log(
    `${name}: ${least.toFixed(0)} us of processor (median ${median.toFixed(0)}), ${each(bytes.total)} allocated`,
  );
  for (const [who, size] of bytes.most) console.log(`    ${each(size).padStart(10)}  ${who}`);
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  await run(0, times);
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(join(options.out, `${name}.cpuprofile`), JSON.stringify(profile));
}
console.log(`CPU profiles are in ${options.out}.`);
await snapshot.close();

async function listRequests(name: string): Promise<{ query: string; variables: object }[]> {
  const workload = WORKLOADS[name];
  if (!workload) throw new Error(`There is no workload "${name}"; ${Object.keys(WORKLOADS).join(', ')} are.`);
  const limits = { memoryMb: 1_024, threads: 2, maxConnections: 1, tempMaxMb: 4_096 };
  const db = await openDuckDb({
    path: ':memory:',
    ...limits,
    tempDir: join(folder, 'tmp'),
    clock: systemClock,
  });
  try {
    for (const table of ['tracks', 'artists', 'albums'])
      await db.run(
        `create view ${table} as from read_parquet(${quoteText(join(tablesDir, `${table}.parquet`))})`,
      );
    return (await workload.variants(db)).map(workload.requests.groovelake);
  } finally {
    await db.close();
  }
}

async function ask({ query, variables }: { query: string; variables: object }): Promise<string> {
  const operation = operations.get(query) ?? prepare(query);
  operations.set(query, operation);
  const catalog = snapshot.catalog.forRequest(never);
  return operation(variables as Record<string, unknown>, {
    config,
    clock: systemClock,
    catalog,
    similarity: snapshot.similarity,
    loaders: createLoaders(
      () => catalog,
      {} as Context['runs'],
      () => ({}) as Context['landing'],
    ),
    lists: createListBudget(config),
    signal: never,
  });
}

function prepare(query: string): (variables: Record<string, unknown>, context: object) => Promise<string> {
  const document = parse(query);
  const named = findOperation(document, null);
  const compiled = named && options.executor === 'compiled' ? compileOperation(schema, named) : null;
  if (!named || !compiled)
    return async (variableValues, contextValue) => {
      const { data, errors } = await execute({ schema, document, variableValues, contextValue });
      if (errors) throw errors[0];
      return JSON.stringify(data);
    };
  return async (variables, context) => {
    const { coerced = {} } = getVariableValues(schema, named.operation.variableDefinitions ?? [], variables);
    const text = await compiled.execute(coerced, context);
    if (text === null) throw new Error(`"${query}" is for graphql-js.`);
    return text;
  };
}

async function profileAllocations(
  work: () => Promise<void>,
): Promise<{ total: number; most: [string, number][] }> {
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLING_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  const sizes = new Map<string, number>();
  const pending = [profile.head];
  for (let node = pending.pop(); node; node = pending.pop()) {
    const { functionName, url, lineNumber } = node.callFrame;
    const who = `${functionName || '(anonymous)'} ${url.replace(/^.*\/(?=src\/|node_modules\/)/, '')}:${lineNumber + 1}`;
    sizes.set(who, (sizes.get(who) ?? 0) + node.selfSize);
    pending.push(...node.children);
  }
  const all = [...sizes].sort(([, x], [, y]) => y - x);
  return { total: all.reduce((sum, [, size]) => sum + size, 0), most: all.slice(0, SHOWN) };
}
