// Starts the servers that are measured, each as a process of its own on loopback, and reads its clock and memory from /proc.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchData } from './data.ts';
import { startPostgres } from './postgres.ts';
import type { ServerName } from './workloads.ts';

export interface MeasuredServer {
  readonly name: string;
  readonly kind: ServerName;
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first answer with data. */
  readonly firstAnswerSeconds: number;
  ask(body: object): Promise<unknown>;
  /** The process's own seconds on a processor so far. */
  cpuSeconds(): number;
  rssMiB(): number;
  /** The most that was resident so far. */
  peakMiB(): number;
  stop(): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  readonly kind: ServerName;
  readonly env?: Readonly<Record<string, string>>;
  /** Names a data folder of the server's own, beside others that run at the same time; "linked" unless stated, for one with an `env`. */
  readonly ownFolder?: string;
}

const TICKS_PER_SECOND = 100;
const root = fileURLToPath(new URL('../../', import.meta.url));
const node = `${root}node_modules/.bin/node`;

const FOLDERS: Readonly<Record<ServerName, string>> = {
  groovelake: '',
  postgraphile: 'bench/api/peers/postgraphile',
  yardstick: 'bench/api/peers',
};

const FIRST_QUERY: Readonly<Record<ServerName, string>> = {
  groovelake: '{ tracks(first: 1) { nodes { id } } }',
  postgraphile: '{ allTracks(first: 1) { nodes { trackId } } }',
  yardstick: '{ tracks(order: ID, limit: 1) { track_id } }',
};

export async function startServer(
  spec: ServerSpec,
  data: BenchData,
  port: number,
  { folder, scale }: { readonly folder: string; readonly scale: string },
): Promise<MeasuredServer> {
  const postgres = spec.kind === 'postgraphile' ? await startPostgres(folder, scale, data.tablesDir) : null;
  const served = spec.env ? { ...data, dataDir: linkFolder(data.dataDir, spec.ownFolder ?? 'linked') } : data;
  const started = performance.now();
  const child = spawn(node, argumentsOf(spec), {
    cwd: `${root}${FOLDERS[spec.kind]}`,
    env: {
      ...process.env,
      ...environmentOf(spec, served),
      PORT: String(port),
      NODE_ENV: 'production',
      UV_THREADPOOL_SIZE: '16',
      ...(postgres ? { DATABASE_URL: postgres.url } : {}),
      ...spec.env,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ask = async (body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  await waitForAnswer(child, spec, () => ask({ query: FIRST_QUERY[spec.kind] }));
  const pids = () => [child.pid as number, ...(postgres?.pids() ?? [])];
  return {
    ...spec,
    port,
    pid: child.pid as number,
    ask,
    firstAnswerSeconds: (performance.now() - started) / 1_000,
    cpuSeconds: () => pids().reduce((sum, pid) => sum + readCpuSeconds(pid), 0),
    rssMiB: () => Math.round(pids().reduce((sum, pid) => sum + readMemoryKiB(pid), 0) / 1_024),
    peakMiB: () => Math.round(Number(readPeakKiB(child.pid)) / 1_024),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      postgres?.stop();
    },
  };
}

function readCpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most that a process had resident, shared pages and all. */
function readPeakKiB(pid: number | undefined): string | undefined {
  return /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** What is shared by several processes counts once between them. */
function readMemoryKiB(pid: number): number {
  const [, kiB] = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kiB);
}

/** The same files in a folder of its own: a data folder is held by one server at a time. */
function linkFolder(dataDir: string, name: string): string {
  const linked = `${dataDir}-${name}`;
  if (existsSync(linked)) return linked;
  mkdirSync(linked);
  const snapshot = ['CURRENT', 'snapshots', 'gold', 'artifacts'].map((name) => join(dataDir, name));
  execFileSync('cp', ['-al', ...snapshot, linked]);
  return linked;
}

function argumentsOf({ kind }: ServerSpec): string[] {
  if (kind === 'postgraphile') return ['node_modules/.bin/postgraphile'];
  return kind === 'yardstick' ? ['mercurius-duckdb.mjs'] : ['bin/groovelake.js', 'start', '--role', 'serve'];
}

function environmentOf({ kind }: ServerSpec, data: BenchData): Record<string, string> {
  if (kind === 'postgraphile') return { GRAPHILE_ENV: 'production' };
  return kind === 'yardstick'
    ? { TABLES_DIR: data.tablesDir }
    : { GROOVELAKE_DATA_DIR: data.dataDir, GROOVELAKE_LOG_LEVEL: 'error' };
}

async function waitForAnswer(
  child: ChildProcess,
  spec: ServerSpec,
  ask: () => Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const answer = (await ask().catch(() => null)) as { data?: unknown } | null;
    if (answer?.data) return;
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`${spec.name} did not start (exit code ${child.exitCode}).`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
