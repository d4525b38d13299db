// A private PostgreSQL (Debian's) in the benchmark's folder with the tables of a scale, for PostGraphile. Made once, started when asked for.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/clock.ts';
import { openDuckDb, quoteName, quoteText } from '../../src/store/duckdb.ts';

export interface Postgres {
  readonly url: string;
  /** The server and its backends, now. */
  pids(): number[];
  stop(): void;
}

const PORT = 7_433;
const SQL = fileURLToPath(new URL('./peers/postgraphile/', import.meta.url));
const SETTINGS = `
listen_addresses = '127.0.0.1'
port = ${PORT}
shared_buffers = 1GB
work_mem = 32MB
effective_cache_size = 8GB
random_page_cost = 1.1
maintenance_work_mem = 512MB
jit = off
`;

/** Starts the cluster, with a database of the scale's tables. Root becomes the user postgres, who must be able to enter the folder. */
export async function startPostgres(folder: string, scale: string, tablesDir: string): Promise<Postgres> {
  const home = join(folder, 'postgres');
  const cluster = join(home, 'cluster');
  if (!existsSync(cluster)) {
    mkdirSync(home, { recursive: true });
    giveToPostgres(home);
    asPostgres('initdb', '-D', cluster, '-A', 'trust', '-U', 'postgres');
    appendFileSync(join(cluster, 'postgresql.conf'), `${SETTINGS}unix_socket_directories = '${home}'\n`);
  }
  if (!isRunning(cluster)) asPostgres('pg_ctl', '-D', cluster, '-l', join(home, 'log'), '-w', 'start');
  const database = `bench_${scale}`;
  const known = psql('postgres', '-Atc', `select 1 from pg_database where datname = '${database}'`);
  if (known.trim() === '') await fill(database, tablesDir, home);
  const [pid = ''] = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  return {
    url: `postgres://postgres@127.0.0.1:${PORT}/${database}`,
    pids: () => [Number(pid), ...childrenOf(Number(pid))],
    stop: () => asPostgres('pg_ctl', '-D', cluster, '-m', 'fast', 'stop'),
  };
}

async function fill(database: string, tablesDir: string, home: string): Promise<void> {
  psql('postgres', '-c', `create database ${database} locale 'C.UTF-8' template template0`);
  psql(database, '-f', join(SQL, 'schema.sql'));
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 1_024,
    threads: 2,
    maxConnections: 1,
    tempDir: join(home, 'tmp'),
    tempMaxMb: 4_096,
    clock: systemClock,
  });
  try {
    for (const table of ['artists', 'albums', 'tracks']) {
      const listed = psql(
        database,
        '-Atc',
        `select column_name from information_schema.columns where table_name = '${table}' order by ordinal_position`,
      );
      const columns = listed.trim().split('\n').map(quoteName).join(', ');
      const csv = join(home, `${table}.csv`);
      const select = `select ${columns} from ${quoteText(join(tablesDir, `${table}.parquet`))}`;
      await db.run(`copy (${select}) to ${quoteText(csv)} (header, force_quote *)`);
      psql(database, '-c', `\\copy ${table} from '${csv}' (format csv, header)`);
      rmSync(csv);
    }
  } finally {
    await db.close();
  }
  psql(database, '-f', join(SQL, 'indexes.sql'));
}

function psql(database: string, ...args: string[]): string {
  const where = ['-h', '127.0.0.1', '-p', String(PORT), '-U', 'postgres', '-d', database];
  return execFileSync('psql', ['-q', '-v', 'ON_ERROR_STOP=1', ...where, ...args], { encoding: 'utf8' });
}

function binOf(name: string): string {
  const [newest] = readdirSync('/usr/lib/postgresql').sort().reverse();
  return join('/usr/lib/postgresql', newest ?? '', 'bin', name);
}

/** A server that goes on must not hold our output open. */
function asPostgres(name: string, ...args: string[]): void {
  const command = [binOf(name), ...args];
  const isRoot = userInfo().uid === 0;
  const whole = isRoot
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...command]
    : command;
  execFileSync(whole[0] as string, whole.slice(1), { stdio: 'ignore', cwd: '/' });
}

function isRunning(cluster: string): boolean {
  try {
    asPostgres('pg_ctl', '-D', cluster, 'status');
    return true;
  } catch {
    return false;
  }
}

function giveToPostgres(path: string): void {
  if (userInfo().uid !== 0) return;
  const uid = Number(execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }));
  chownSync(path, uid, uid);
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
}
