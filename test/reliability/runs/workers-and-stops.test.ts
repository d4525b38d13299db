// Several workers on one store; a stop with subscribers and queries; a boot amid wreckage; a second server.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import { nameWorker } from '../../../src/pipeline/runs/worker-identity.ts';
import { PIPELINES, type PipelineName } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import {
  ask,
  makeDataDir,
  removeDataDir,
  startProgram,
  startServer,
  waitFor,
} from '../../end-to-end/process.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const FAST = { GROOVELAKE_CRAWL_TOP: '1' };

describe('three workers on one store', () => {
  it('share the runs, and none is executed by two', async () => {
    const dataDir = makeTempFolder();
    const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
    onTestFinished(() => runs.close());
    const entry = new URL('../../pipeline/runs/scripted-server.ts', import.meta.url);
    const env = { ...process.env, GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_MAX_WORKERS: '4' };
    const servers = [1, 2, 3].map(() =>
      fork(entry, [], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
    );
    onTestFinished(async () => {
      for (const server of servers) {
        const exited = once(server, 'exit');
        server.kill('SIGKILL');
        await exited;
      }
    });
    const ids: string[] = [];
    for (let n = 0; n < 24; n++) {
      const pipeline = PIPELINES[n % PIPELINES.length] as PipelineName;
      const input = {
        pipeline,
        trigger: 'MUTATION',
        parameters: { does: 'work', n },
        createdAt: systemClock.now(),
      } as const;
      ids.push((await runs.createRun(input, ['crawl'])).run.id);
    }
    while ((await runs.countRuns({ statuses: ['SUCCEEDED'] })) < ids.length) await systemClock.sleep(100);
    const workers = new Set<string>();
    for (const id of ids) {
      const events = await runs.listEvents(id, { after: 0, first: 100 });
      const started = events.filter(({ type }) => type === 'run.started');
      expect([id, started.length, events.filter(({ type }) => type === 'log').length]).toEqual([id, 1, 1]);
      workers.add(String((started[0]?.data as { worker: string }).worker));
      expect(await runs.findRun(id)).toMatchObject({ fence: 1, status: 'SUCCEEDED' });
    }
    expect(workers.size).toBe(ids.length);
  });
});

describe('SIGTERM', () => {
  it('lets 20 queries finish, completes 50 subscriptions, parks the run, and ends with 0; the next server goes on', async () => {
    const dataDir = await makeDataDir();
    onTestFinished(() => removeDataDir(dataDir));
    const server = await startServer(dataDir, FAST);
    onTestFinished(() => void server.child.kill('SIGKILL'));
    const { triggerPipeline } = await ask<{ triggerPipeline: { run: { id: string } } }>(
      server.url,
      'mutation { triggerPipeline(input: { pipeline: CRAWL, parameters: { top: 300, force: true } }) { ... on TriggerRunSuccess { run { id } } } }',
    );
    const runId = triggerPipeline.run.id;
    const status = async () =>
      (await ask<{ run: { status: string } }>(server.url, `{ run(id: "${runId}") { status } }`)).run.status;
    while ((await status()) !== 'RUNNING') await systemClock.sleep(50);
    const subscriptions = Array.from({ length: 50 }, async () => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: JSON.stringify({ query: `subscription { runEvents(runId: "${runId}") { message } }` }),
      });
      return response;
    });
    const open = await Promise.all(subscriptions);
    const ends = open.map((response) => response.text());
    // Requests that are in flight for sure: they wait for the run.
    const waiting = `mutation { triggerPipeline(input: { pipeline: CRAWL, parameters: { top: 300, force: true }, waitSeconds: 60 })
      { ... on TriggerRunSuccess { wasStarted run { id } } } }`;
    const queries = Array.from({ length: 20 }, () => ask<{ triggerPipeline: object }>(server.url, waiting));
    const inFlight = async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^groovelake_http_requests_in_flight (\d+)/m.exec(text)?.[1]);
    };
    // 50 and 20, and the one that asks.
    while ((await inFlight()) < 71) await systemClock.sleep(50);
    const began = systemClock.monotonic();
    server.child.kill('SIGTERM');
    const code = await server.exited;
    console.log(`SIGTERM to exit: ${Math.round(systemClock.monotonic() - began)} ms`);
    expect(code).toBe(0);
    const answers = await Promise.all(queries);
    expect(answers).toEqual(
      answers.map(() => ({ triggerPipeline: { wasStarted: false, run: { id: runId } } })),
    );
    // A subscription that was cut would have rejected.
    expect((await Promise.all(ends)).every((text) => text.endsWith('event: complete\ndata:\n\n'))).toBe(true);
    const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
    // Parked; or, on a machine too busy for the worker to say so within its 8 s, ended and to be tried again.
    const left = await runs.findRun(runId);
    expect(['WAITING', 'CRASHED']).toContain(left?.status);
    expect(left?.workerId).toBeNull();
    const next = await startServer(dataDir, FAST);
    onTestFinished(() => void next.child.kill('SIGKILL'));
    while ((await runs.findRun(runId))?.status !== 'RUNNING') await systemClock.sleep(50);
    await runs.requestCancel(runId, { at: systemClock.now() });
    while ((await runs.findRun(runId))?.status !== 'CANCELLED') await systemClock.sleep(50);
    await runs.close();
    next.child.kill('SIGTERM');
    expect(await next.exited).toBe(0);
  });
});

describe('a boot amid wreckage', () => {
  it('serves, and repairs or reports each piece', async () => {
    const dataDir = await makeDataDir();
    onTestFinished(() => removeDataDir(dataDir));
    const first = await startServer(dataDir, FAST);
    first.child.kill('SIGKILL');
    await first.exited;
    const path = join(dataDir, 'runs.sqlite');
    const runs = openSqliteRuns(path);
    const now = systemClock.now();
    const wreck = async (pipeline: PipelineName, worker: { id: string; now: number; leaseMs: number }) => {
      const input = { pipeline, trigger: 'CLI', parameters: { wreck: pipeline }, createdAt: now } as const;
      const { run } = await runs.createRun(input, ['crawl']);
      // A command's, so that nobody tries them again.
      await runs.claimRun(run.id, { ...worker, endsWithCommand: true });
      return run.id;
    };
    // Of a process that is gone; of another machine whose lease is over; never heartbeated, with a stamp from the future; damaged.
    const dead = await wreck('CRAWL', { id: nameWorker(4_194_000, systemRandomness), now, leaseMs: 20_000 });
    const stale = await wreck('TRANSFORM', { id: 'elsewhere:1:2:3', now: now - 60_000, leaseMs: 20_000 });
    const future = await wreck('IMPORT', { id: 'elsewhere:1:2:3', now: now + 9e9, leaseMs: 20_000 });
    const damaged = await wreck('REFRESH', { id: 'elsewhere:1:2:3', now: now - 60_000, leaseMs: 20_000 });
    const db = new DatabaseSync(path);
    db.prepare(`update runs set run = '{"half":' where id = ?`).run(damaged);
    db.close();
    writeFileSync(join(dataDir, 'snapshots', '99999999-000000000-ffffff.json'), '{"id":"99999999-0000');
    writeFileSync(join(dataDir, 'server.json'), '{"pid":1,"url":"http://127.0.0.1:9"}');
    writeFileSync(join(dataDir, 'gold', 'tracks', 'tmp_half.parquet'), 'PAR1');
    const began = systemClock.monotonic();
    const server = await startServer(dataDir, FAST);
    console.log(`boot amid wreckage to ready: ${Math.round(systemClock.monotonic() - began)} ms`);
    onTestFinished(() => void server.child.kill('SIGKILL'));
    for (const id of [dead, stale, future, damaged]) {
      await waitFor(server, async () => ((await runs.findRun(id))?.status === 'CRASHED' ? true : null));
    }
    // What the first server had under way of its own, the invented listener's plays, may be at work again.
    const underWay = await runs.listRuns({ filter: { statuses: ['RUNNING', 'CANCELLING'] }, first: 9 });
    expect(underWay.runs.filter(({ pipeline }) => pipeline !== 'HISTORY')).toEqual([]);
    const { tracks } = await ask<{ tracks: { totalCount: number } }>(server.url, '{ tracks { totalCount } }');
    expect(tracks.totalCount).toBeGreaterThan(0);
    const health = (await (await fetch(`${server.url}/health/ready`)).json()) as {
      status: string;
      reasons: { code: string }[];
    };
    expect(health.status).toBe('degraded');
    expect(health.reasons.map(({ code }) => code)).toContain('RUN_FAILED');
    await runs.close();
  });
});

describe('a second server on the same folder', () => {
  it('refuses, naming the first', async () => {
    const dataDir = await makeDataDir();
    onTestFinished(() => removeDataDir(dataDir));
    const first = await startServer(dataDir, FAST);
    onTestFinished(() => void first.child.kill('SIGKILL'));
    const second = startProgram(['start'], { GROOVELAKE_DATA_DIR: dataDir, PORT: '0' });
    expect(await second.exited).toBe(78);
    expect(second.output()).toContain(
      `another server already holds (process ${first.child.pid}, ${first.url})`,
    );
    first.child.kill('SIGTERM');
    expect(await first.exited).toBe(0);
  });
});
