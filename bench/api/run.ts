// Measures Groovelake beside the yardstick: node bench/api/run.ts [--scale 28k] [--workloads W1,W2] [--connections 1,16,64] [--seconds 4]
// [--rounds 2] [--csv FILE] [--folder FOLDER] [--keep]. Needs bench/api/install.sh once. --servers adds or leaves out: PostGraphile over
// PostgreSQL is "postgraphile" (install.sh postgraphile), "groovelake graphql-js" remembers nothing and compiles no query.
// Checks a sample of answers against DuckDB's own first; then measures server after server within each cell, so that slow drift of the
// machine hits all alike. --keep adds the table to results.md.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/clock.ts';
import { openDuckDb, quoteText } from '../../src/store/duckdb.ts';
import { countStatements, waitForColumns } from './columns-ready.ts';
import { type BenchData, prepareData } from './data.ts';
import { type Cell, printTable } from './report.ts';
import { type MeasuredServer, type ServerSpec, startServer } from './servers.ts';
import { type Rows, type Variant, WORKLOADS, type Workload } from './workloads.ts';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '28k' },
    workloads: { type: 'string', default: Object.keys(WORKLOADS).join(',') },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    csv: { type: 'string', default: '../shared/data/spotify_songs.csv' },
    folder: { type: 'string', default: join(tmpdir(), 'groovelake-bench-api') },
    servers: { type: 'string', default: 'groovelake,groovelake uncached,yardstick' },
    keep: { type: 'boolean', default: false },
  },
});

const SPECS: readonly ServerSpec[] = [
  { name: 'groovelake', kind: 'groovelake' },
  { name: 'groovelake uncached', kind: 'groovelake', env: { GROOVELAKE_ANSWER_CACHE_MB: '0' } },
  {
    name: 'groovelake graphql-js',
    kind: 'groovelake',
    env: { GROOVELAKE_ANSWER_CACHE_MB: '0', GROOVELAKE_COMPILED_QUERIES: 'false' },
    ownFolder: 'graphql-js',
  },
  { name: 'yardstick', kind: 'yardstick' },
  { name: 'postgraphile', kind: 'postgraphile' },
];
const SAMPLE = 20;
const SETTLE_MS = 180_000;
/** Of processor time in 200 ms. */
const IDLE_SECONDS = 0.02;
const FIRST_PORT = 24_000 + (process.pid % 2_000) * 10;
const names = options.workloads.split(',');
const folder = resolve(options.folder);
const data = await prepareData(resolve(options.csv), folder, options.scale);
const variants = await listVariants(data, names);
const wanted = SPECS.filter((spec) => options.servers.split(',').includes(spec.name));
const servers: MeasuredServer[] = [];
const listOurs = () => servers.filter(({ kind }) => kind === 'groovelake');
try {
  for (const [at, spec] of wanted.entries()) {
    const server = await startServer(spec, data, FIRST_PORT + at, { folder, scale: options.scale });
    servers.push(server);
    console.log(
      `${server.name}: first answer after ${server.firstAnswerSeconds.toFixed(1)} s, ${server.rssMiB()} MiB`,
    );
  }
  if (names.includes('W4')) await Promise.all(listOurs().map(waitForColumns));
  await verify();
  const cells = await measure();
  const table = printTable(cells, servers, options);
  console.log(`\n${table}`);
  if (options.keep) appendFileSync(new URL('./results.md', import.meta.url), `\n${table}\n`);
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

async function listVariants(
  bench: BenchData,
  workloads: string[],
): Promise<Map<string, { variant: Variant; rows: Rows }[]>> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 2_048,
    threads: 2,
    maxConnections: 1,
    tempDir: join(folder, 'tmp'),
    tempMaxMb: 4_096,
    clock: systemClock,
  });
  const found = new Map<string, { variant: Variant; rows: Rows }[]>();
  try {
    for (const table of ['tracks', 'artists', 'albums']) {
      await db.run(
        `create view ${table} as from read_parquet(${quoteText(join(bench.tablesDir, `${table}.parquet`))})`,
      );
    }
    for (const name of workloads) {
      const workload = getWorkload(name);
      const all = await workload.variants(db);
      const expected = await Promise.all(
        all.slice(0, SAMPLE).map(async (variant) => {
          const rows: (string | number | null)[][] = [];
          const sql = workload.expected(variant);
          const columns = (await db.describe(sql)).map((_, at) => at);
          for await (const chunk of db.stream(sql))
            for (let row = 0; row < chunk.rowCount; row++)
              rows.push(columns.map((at) => toPlain(chunk.vector(at).getItem(row))));
          return rows;
        }),
      );
      found.set(
        name,
        all.map((variant, at) => ({ variant, rows: expected[at] ?? [] })),
      );
    }
  } finally {
    await db.close();
  }
  return found;
}

function toPlain(value: unknown): string | number | null {
  return typeof value === 'bigint' ? Number(value) : (value as string | number | null);
}

/** Every server's answers to a sample of each workload are what DuckDB computed. @throws Error */
async function verify(): Promise<void> {
  for (const [name, asked] of variants) {
    const workload = getWorkload(name);
    for (const { variant, rows } of asked.slice(0, SAMPLE)) {
      for (const server of servers) {
        const answer = (await server.ask(workload.requests[server.kind](variant))) as { data?: unknown };
        const found = answer.data ? workload.rows[server.kind](answer.data) : [];
        if (isSame(found, rows, workload.isOrdered)) continue;
        throw new Error(
          `${name} of ${server.name} for ${JSON.stringify(variant)}: ${JSON.stringify(answer).slice(0, 600)} is not ${JSON.stringify(rows).slice(0, 600)}`,
        );
      }
    }
    console.log(`${name}: ${SAMPLE} answers of ${servers.length} servers are as computed`);
  }
}

function isSame(a: Rows, b: Rows, isOrdered: boolean): boolean {
  const [x, y] = isOrdered ? [a, b] : [sort(a), sort(b)];
  const isEqual = (p: unknown, q: unknown) =>
    typeof p === 'number' && typeof q === 'number'
      ? Math.abs(p - q) <= 1e-9 * Math.max(1, Math.abs(q))
      : p === q;
  return x.length === y.length && x.every((row, at) => row.every((value, i) => isEqual(value, y[at]?.[i])));
}

function sort(rows: Rows): Rows {
  return [...rows].sort((p, q) => (String(p[0]) < String(q[0]) ? -1 : 1));
}

async function measure(): Promise<Cell[]> {
  const cells: Cell[] = [];
  const files = writeRequests();
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const workload of names) {
      const statements = await Promise.all(listOurs().map(countStatements));
      for (const server of servers) {
        load(server, workload, files, 8, 1, 0);
        await settle(server);
      }
      for (const connections of options.connections.split(',').map(Number)) {
        for (const server of servers) {
          const before = server.cpuSeconds();
          const result = load(server, workload, files, connections, Number(options.seconds), 1 + round * 17);
          const cpuSeconds = server.cpuSeconds() - before;
          await settle(server);
          const cell = {
            workload,
            connections,
            server: server.name,
            perSecond: (result.requests / result.us) * 1e6,
            p50: result.p50 / 1_000,
            p99: result.p99 / 1_000,
            cpuMs: (cpuSeconds * 1_000) / Math.max(1, result.requests),
            rssMiB: server.rssMiB(),
            errors: result.errors,
          };
          cells.push(cell);
          console.log(
            `${workload} x${connections} ${server.name}: ${cell.perSecond.toFixed(0)}/s, p99 ${cell.p99.toFixed(1)} ms, cpu ${cell.cpuMs.toFixed(3)} ms, ${cell.rssMiB} MiB${cell.errors ? `, ${cell.errors} errors` : ''}`,
          );
        }
      }
      const more = await Promise.all(listOurs().map(countStatements));
      if (workload === 'W4' && more.some((count, at) => count !== statements[at]))
        throw new Error(
          `W4 made statements (${statements} before, ${more} after): the columns did not answer it.`,
        );
    }
  }
  return cells;
}

/** Waits until a server has done what it began for clients that have left: it would be measured with the next one. */
async function settle(server: MeasuredServer): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  for (let before = -1; performance.now() < deadline; ) {
    const now = server.cpuSeconds();
    if (before >= 0 && now - before <= IDLE_SECONDS) return;
    before = now;
    await new Promise((done) => setTimeout(done, 200));
  }
}

function writeRequests(): Map<string, string> {
  const files = new Map<string, string>();
  mkdirSync(join(folder, 'requests'), { recursive: true });
  for (const [name, asked] of variants) {
    for (const { kind } of servers) {
      const workload = getWorkload(name);
      const path = join(folder, 'requests', `${options.scale}-${name}-${kind}.txt`);
      const bodies = asked.map(({ variant }) => {
        const { query, variables } = workload.requests[kind](variant);
        return JSON.stringify({ query: query.replace(/\s+/g, ' '), variables });
      });
      writeFileSync(path, `${bodies.join('\n')}\n`);
      files.set(`${name} ${kind}`, path);
    }
  }
  return files;
}

function load(
  server: MeasuredServer,
  workload: string,
  files: Map<string, string>,
  connections: number,
  seconds: number,
  start: number,
): { requests: number; us: number; p50: number; p99: number; errors: number } {
  const script = new URL('./load.lua', import.meta.url).pathname;
  const { stdout, stderr } = spawnSync(
    'wrk',
    [
      ...[
        '-t',
        '1',
        '-c',
        String(connections),
        '-d',
        `${seconds}s`,
        '--latency',
        '--timeout',
        '30s',
        '-s',
        script,
      ],
      `http://127.0.0.1:${server.port}`,
      '--',
      files.get(`${workload} ${server.kind}`) ?? '',
      String(start),
    ],
    { encoding: 'utf8' },
  );
  const [, found] = /^RESULT (.*)$/m.exec(stdout ?? '') ?? [];
  if (!found) throw new Error(`wrk gave no result: ${stdout} ${stderr}`);
  return JSON.parse(found);
}

function getWorkload(name: string): Workload {
  const workload = WORKLOADS[name];
  if (!workload) throw new Error(`There is no workload "${name}"; ${Object.keys(WORKLOADS).join(', ')} are.`);
  return workload;
}
