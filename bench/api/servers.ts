// Starts the servers that are measured, each as a process of its own on loopback, and reads its clock and memory from /proc.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchData } from './data.ts';
import type { ServerName } from './workloads.ts';

export interface MeasuredServer {
  readonly name: string;
  readonly kind: ServerName;
  readonly port: number;
  /** From the start of the process to its first answer with data. */
  readonly firstAnswerSeconds: number;
  ask(body: object): Promise<unknown>;
  /** The process's own seconds on a processor so far. */
  cpuSeconds(): number;
  rssMiB(): number;
  stop(): Promise<void>;
}

export interface ServerSpec {
  readonly name: string;
  readonly kind: ServerName;
  readonly env?: Readonly<Record<string, string>>;
}

const TICKS_PER_SECOND = 100;
const root = fileURLToPath(new URL('../../', import.meta.url));
const node = `${root}node_modules/.bin/node`;

const FIRST_QUERY: Readonly<Record<ServerName, string>> = {
  groovelake: '{ tracks(first: 1) { nodes { id } } }',
  yardstick: '{ tracks(order: ID, limit: 1) { track_id } }',
};

export async function startServer(spec: ServerSpec, data: BenchData, port: number): Promise<MeasuredServer> {
  const served = spec.env ? { ...data, dataDir: linkFolder(data.dataDir) } : data;
  const started = performance.now();
  const child = spawn(node, argumentsOf(spec), {
    cwd: spec.kind === 'yardstick' ? `${root}bench/api/peers` : root,
    env: {
      ...process.env,
      ...environmentOf(spec, served),
      PORT: String(port),
      NODE_ENV: 'production',
      UV_THREADPOOL_SIZE: '16',
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
  return {
    ...spec,
    port,
    ask,
    firstAnswerSeconds: (performance.now() - started) / 1_000,
    cpuSeconds: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    },
    rssMiB: () => {
      const [, kiB] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      return Math.round(Number(kiB) / 1_024);
    },
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** The same files in a folder of its own: a data folder is held by one server at a time. */
function linkFolder(dataDir: string): string {
  const linked = `${dataDir}-linked`;
  if (existsSync(linked)) return linked;
  mkdirSync(linked);
  const snapshot = ['CURRENT', 'snapshots', 'gold', 'artifacts'].map((name) => join(dataDir, name));
  execFileSync('cp', ['-al', ...snapshot, linked]);
  return linked;
}

function argumentsOf({ kind }: ServerSpec): string[] {
  return kind === 'yardstick' ? ['mercurius-duckdb.mjs'] : ['bin/groovelake.js', 'start', '--role', 'serve'];
}

function environmentOf({ kind }: ServerSpec, data: BenchData): Record<string, string> {
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
