// The measurements of bench/runs, one function each. All of them talk to a real server in a process of its own.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { ask } from '../../test/end-to-end/process.ts';
import { startServer, stopServer, trigger, untilRun } from './operator.ts';

/** The sandbox's listener is not invited, so that a run has the machine to itself. */
export const ENV = { GROOVELAKE_CRAWL_TOP: '3' };
const SUBSCRIBERS = 50;
const QUERIES = 20;

export async function withCopy<R>(base: string, work: (dataDir: string) => Promise<R>): Promise<R> {
  const dataDir = await mkdtemp(join(tmpdir(), 'groovelake-bench-runs-'));
  try {
    await cp(base, dataDir, { recursive: true });
    return await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Freezes a worker (SIGSTOP) at its work; ms until its run is CRASHED, and whether its writes were refused when it woke. */
export async function freezeWorker(dataDir: string): Promise<{ ms: number; wasFenced: boolean }> {
  const server = await startServer(dataDir, ENV);
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  try {
    const id = await trigger(server.url, 'CRAWL', { top: 300, force: true });
    await untilRun(server.url, id, ({ status }) => status === 'RUNNING');
    const pid = Number((await runs.findRun(id))?.workerId?.split(':')[1]);
    await sleep(500);
    process.kill(pid, 'SIGSTOP');
    const { ms } = await untilRun(server.url, id, ({ status }) => status === 'CRASHED');
    const crashed = await runs.findRun(id);
    process.kill(pid, 'SIGCONT');
    for (let waited = 0; isAlive(pid) && waited < 20_000; waited += 100) await sleep(100);
    const later = await runs.findRun(id);
    const wasFenced = later?.fence === crashed?.fence && later?.status === 'CRASHED' && !isAlive(pid);
    return { ms, wasFenced };
  } finally {
    await runs.close();
    await stopServer(server);
  }
}

export interface Stopped {
  readonly ms: number;
  readonly code: number | null;
  readonly answered: number;
  readonly completed: number;
}

/** SIGTERM to a server with a run, 50 subscribers and 20 requests in flight. */
export async function stopUnderLoad(dataDir: string): Promise<Stopped> {
  const server = await startServer(dataDir, ENV);
  const crawl = { top: 300, force: true };
  const runId = await trigger(server.url, 'CRAWL', crawl);
  await untilRun(server.url, runId, ({ status }) => status === 'RUNNING');
  const subscribe = () =>
    fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: `subscription { runEvents(runId: "${runId}") { message } }` }),
    });
  const open = await Promise.all(Array.from({ length: SUBSCRIBERS }, subscribe));
  const ends = open.map(async (response) => (await response.text()).includes('event: complete'));
  // In flight for sure: they wait for the run.
  const waiting = `mutation Wait($parameters: JSON) {
    triggerPipeline(input: { pipeline: CRAWL, parameters: $parameters, waitSeconds: 60 }) { ... on TriggerRunSuccess { run { id } } } }`;
  const queries = Array.from({ length: QUERIES }, () => ask(server.url, waiting, { parameters: crawl }));
  while ((await countInFlight(server.url)) < SUBSCRIBERS + QUERIES + 1) await sleep(20);
  const { code, ms } = await stopServer(server);
  const count = (settled: readonly PromiseSettledResult<unknown>[]) =>
    settled.filter((one) => one.status === 'fulfilled' && one.value !== false).length;
  return {
    ms,
    code,
    answered: count(await Promise.allSettled(queries)),
    completed: count(await Promise.allSettled(ends)),
  };
}

/** ms from the start of the process to ready, with runs left under way, half files and a damaged record in the data folder. */
export async function bootAmidWreckage(dataDir: string): Promise<{ ms: number; leftRunning: number }> {
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  const now = Date.now();
  const wreck = async (pipeline: 'CRAWL' | 'TRANSFORM' | 'IMPORT' | 'REFRESH', id: string, at: number) => {
    const input = { pipeline, trigger: 'CLI', parameters: { wreck: pipeline }, createdAt: now } as const;
    const { run } = await runs.createRun(input, ['crawl']);
    // A command's, so that nobody tries them again.
    await runs.claimRun(run.id, { id, now: at, leaseMs: 20_000, endsWithCommand: true });
    return run.id;
  };
  await wreck('CRAWL', 'elsewhere:1:2:3', now - 60_000);
  await wreck('TRANSFORM', 'elsewhere:1:2:3', now - 60_000);
  await wreck('IMPORT', 'elsewhere:1:2:3', now + 9e9);
  const damaged = await wreck('REFRESH', 'elsewhere:1:2:3', now - 60_000);
  await runs.close();
  const db = new DatabaseSync(join(dataDir, 'runs.sqlite'));
  db.prepare(`update runs set run = '{"half":' where id = ?`).run(damaged);
  db.close();
  await writeFile(join(dataDir, 'snapshots', '99999999-000000000-ffffff.json'), '{"id":"99999999-0000');
  await writeFile(join(dataDir, 'server.json'), '{"pid":1,"url":"http://127.0.0.1:9"}');
  await writeFile(join(dataDir, 'gold', 'tracks', 'tmp_half.parquet'), 'PAR1');
  const server = await startServer(dataDir, ENV);
  try {
    await sleep(3_000);
    const { runs: left } = await ask<{ runs: { totalCount: number } }>(
      server.url,
      '{ runs(first: 1, where: { statuses: [RUNNING, CANCELLING] }) { totalCount } }',
    );
    return { ms: server.bootMs, leftRunning: left.totalCount };
  } finally {
    await stopServer(server);
  }
}

async function countInFlight(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^groovelake_http_requests_in_flight (\d+)/m.exec(text)?.[1]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
