// A Trino of our own on a free port, over the Delta tables of one data folder, asked through its HTTP protocol.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../../fixtures/free-port.ts';

const HOME = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'groovelake-test/trino-server-476',
);
export const isTrinoInstalled = existsSync(join(HOME, 'java-home'));

export interface Trino {
  /** Rows of a statement, as arrays. @throws Error with Trino's message */
  ask(sql: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

interface Page {
  readonly nextUri?: string;
  readonly data?: unknown[][];
  readonly error?: { readonly message: string };
}

/** Starts it with the catalogue "groovelake" as docs/open-gold.md describes it; it takes 20 to 60 s. */
export async function startTrino(): Promise<Trino> {
  const folder = mkdtempSync(join(tmpdir(), 'groovelake-test-trino-'));
  const port = await findFreePort();
  const child = launch(folder, port);
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilStarted(child, url, join(folder, 'data/var/log/server.log'));
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    ask: (sql) => ask(url, sql),
    close: async () => {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function launch(folder: string, port: number): ChildProcess {
  const etc = join(folder, 'etc');
  const files = {
    'node.properties': `node.environment=test\nnode.id=one\nnode.data-dir=${folder}/data\nnode.bind-ip=127.0.0.1\nnode.internal-address=127.0.0.1`,
    'jvm.config': '-Xmx1500M\n--add-modules=jdk.incubator.vector',
    'config.properties': `coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port=${port}\ndiscovery.uri=http://127.0.0.1:${port}\nquery.max-memory=512MB`,
    'catalog/groovelake.properties': `connector.name=delta_lake\nhive.metastore=file\nhive.metastore.catalog.dir=local://${folder}/metastore\nfs.native-local.enabled=true\nlocal.location=/\ndelta.register-table-procedure.enabled=true`,
  };
  mkdirSync(join(etc, 'catalog'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), `${text}\n`);
  const java = readFileSync(join(HOME, 'java-home'), 'utf8').trim();
  return spawn(join(HOME, 'bin/launcher'), ['run', '--etc-dir', etc], {
    env: { ...process.env, JAVA_HOME: java, PATH: `${java}/bin:${process.env.PATH}` },
    stdio: 'ignore',
  });
}

async function waitUntilStarted(child: ChildProcess, url: string, log: string): Promise<void> {
  for (let second = 0; second < 120; second++) {
    const answer = await fetch(`${url}/v1/info`).catch(() => null);
    const info = answer?.ok ? ((await answer.json()) as { starting: boolean }) : null;
    if (info?.starting === false) return;
    if (child.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 1_000));
  }
  throw new Error(
    `Trino did not start: ${existsSync(log) ? readFileSync(log, 'utf8').slice(-2_000) : 'no log'}`,
  );
}

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const headers = { 'x-trino-user': 'test', 'x-trino-catalog': 'groovelake', 'x-trino-time-zone': 'UTC' };
  const rows: unknown[][] = [];
  let page = (await (
    await fetch(`${url}/v1/statement`, { method: 'POST', headers, body: sql })
  ).json()) as Page;
  for (;;) {
    if (page.error) throw new Error(`${page.error.message}: ${sql.slice(0, 200)}`);
    rows.push(...(page.data ?? []));
    if (!page.nextUri) return rows;
    page = (await (await fetch(page.nextUri, { headers })).json()) as Page;
  }
}
