// The two operators, a server over HTTP and the data folder, must tell and do the same.
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Operator, openOperator } from '../../src/cli/operator.ts';
import { openLocalOperator } from '../../src/cli/operator-local.ts';
import { createRemoteOperator } from '../../src/cli/operator-remote.ts';
import { systemClock, toIso } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { silentLog } from '../../src/log.ts';
import { createDispatcher } from '../../src/pipeline/runs/dispatcher.ts';
import { startGroovelake } from '../../src/server.ts';
import { openSqliteAccess } from '../../src/store/access/sqlite.ts';
import type { RunStore } from '../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../src/store/runs/sqlite.ts';
import { lockDataDir } from '../../src/store/server-lock.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

interface World {
  readonly operator: Operator;
  readonly runs: RunStore;
  readonly dataDir: string;
}

async function openFolder(): Promise<World> {
  const dataDir = makeTempFolder();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, GROOVELAKE_REFRESH_CRON: '0 5 * * *' });
  const operator = await openLocalOperator({ config, log: silentLog, executes: false });
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  onTestFinished(async () => {
    await operator.close();
    await runs.close();
  });
  return { operator, runs, dataDir };
}

/** A server that serves only, so that a run stays as the test puts it. */
async function openServer(env: Readonly<Record<string, string>> = {}, apiKey?: string): Promise<World> {
  const dataDir = makeTempFolder();
  const config = readConfig({
    GROOVELAKE_DATA_DIR: dataDir,
    GROOVELAKE_ROLE: 'serve',
    GROOVELAKE_REFRESH_CRON: '0 5 * * *',
    PORT: '0',
    ...env,
  });
  const server = await startGroovelake(config, { log: silentLog });
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  // The first start queues a run of its own.
  if (server.firstRun) await runs.requestCancel(server.firstRun.id, { at: systemClock.now() });
  onTestFinished(async () => {
    await server.stop();
    await runs.close();
  });
  return { operator: createRemoteOperator(server.url, apiKey), runs, dataDir };
}

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('the data folder as operator that executes', () => {
  it('works on the runs that are triggered and retried here, and on no other', async () => {
    const dataDir = makeTempFolder();
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
    const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
    const queue = async (pipeline: 'CRAWL' | 'HISTORY') => {
      const at = systemClock.now();
      const input = { pipeline, trigger: 'SCHEDULE', parameters: {}, createdAt: at } as const;
      return (await runs.createRun(input, ['crawl'])).run.id;
    };
    // What a server has queued, and what has failed there.
    await queue('CRAWL');
    const failed = await queue('HISTORY');
    const claimed = await runs.claimRun(failed, { id: 'w', now: systemClock.now(), leaseMs: 60_000 });
    const claim = { runId: failed, fence: claimed?.fence ?? 0 };
    await runs.finishRun(claim, { status: 'FAILED', at: systemClock.now(), error: null });
    const started: string[] = [];
    const ending: string[] = [];
    const operator = await openLocalOperator({
      config,
      log: silentLog,
      executes: true,
      spawnWorker: (runId, { endsWithCommand }) => {
        started.push(runId);
        if (endsWithCommand) ending.push(runId);
        return { onMessage: () => {}, onExit: (listener) => setImmediate(listener, 0, null), kill: () => {} };
      },
    });
    onTestFinished(async () => {
      await operator.close();
      await runs.close();
    });
    const { runId } = await operator.trigger('IMPORT', { files: ['/tmp/a.csv'] });
    await vi.waitFor(() => expect(started).toContain(runId), 5_000);
    await operator.retry(failed, 'START');
    await vi.waitFor(() => expect(started).toContain(failed), 5_000);
    expect([...new Set(started)]).toEqual([runId, failed]);
    // What was tried again goes on in a server where this command ends first.
    expect([...new Set(ending)]).toEqual([runId]);
  });
});

describe('a run that a command has triggered', () => {
  it('is left to it by a server on the folder until the command ends, however it waits', async () => {
    const dataDir = makeTempFolder();
    const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir });
    const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
    const idle = { onMessage: () => {}, kill: () => {} };
    const exits: (() => void)[] = [];
    const operator = await openLocalOperator({
      config,
      log: silentLog,
      executes: true,
      spawnWorker: () => ({
        ...idle,
        onExit: (listener) => void exits.push(() => listener(0, null)),
        kill: () => exits.forEach((exit) => void exit()),
      }),
    });
    const started: string[] = [];
    const server = createDispatcher({
      config,
      runs,
      clock: systemClock,
      log: silentLog,
      onChange: () => {},
      spawnWorker: (runId) => {
        started.push(runId);
        return { ...idle, onExit: (listener) => setImmediate(listener, 0, null) };
      },
    });
    onTestFinished(async () => {
      await server.drain(0);
      await runs.close();
    });
    await server.start();
    const { runId } = await operator.trigger('IMPORT', { files: ['/tmp/a.csv'] });
    await vi.waitFor(() => expect(exits).toHaveLength(1), 5_000);
    server.wake();
    await systemClock.sleep(1_500);
    expect(started).toEqual([]);
    await operator.close();
    await vi.waitFor(() => expect(started).toContain(runId), 5_000);
  });
});

describe.each([
  ['the data folder', openFolder],
  ['a server', openServer],
] as const)('%s as operator', (_name, open) => {
  it('triggers a run, shows it with its steps, and answers the same work with the same run', async () => {
    const { operator } = await open();
    const { runId, wasStarted } = await operator.trigger('CRAWL', { top: 2 });
    expect(wasStarted).toBe(true);
    expect(await operator.trigger('CRAWL', { top: 2 })).toEqual({ runId, wasStarted: false });
    await expect(operator.trigger('CRAWL', { top: 3 })).rejects.toEqual(code('RUN_STATE'));
    await expect(operator.trigger('CRAWL', { topp: 3 })).rejects.toThrow(/Did you mean "top"/);
    const run = await operator.findRun(runId);
    expect(run).toMatchObject({ id: runId, status: 'QUEUED', parameters: { top: 2 }, remainingMs: null });
    expect(run?.createdAt).toBeLessThanOrEqual(systemClock.now());
    expect(run?.steps).toMatchObject([{ name: 'crawl', status: 'PENDING', startedAt: null }]);
    expect(await operator.findRun('unknown')).toBeNull();
  });

  it('lists runs by filter, and the events of one from a cursor on', async () => {
    const { operator, runs } = await open();
    const { runId } = await operator.trigger('TRANSFORM', {});
    const filter = { pipelines: ['TRANSFORM' as const], createdAfter: systemClock.now() - 60_000 };
    expect((await operator.listRuns({ first: 70, filter })).map(({ id }) => id)).toEqual([runId]);
    expect(await operator.listRuns({ first: 5, filter: { triggers: ['SCHEDULE'] } })).toEqual([]);
    const first = await operator.listEvents(runId, null);
    expect(first.events).toMatchObject([{ type: 'run.queued', level: 'INFO' }]);
    await runs.appendEvent(runId, {
      at: 1_000,
      level: 'WARN',
      type: 'log',
      step: 'gold',
      message: 'hm',
      data: { n: 1 },
    });
    const next = await operator.listEvents(runId, first.cursor);
    expect(next.events).toMatchObject([
      { at: 1_000, level: 'WARN', step: 'gold', message: 'hm', data: { n: 1 } },
    ]);
    expect(await operator.listEvents(runId, next.cursor)).toEqual({ events: [], cursor: next.cursor });
  });

  it('cancels a run once, and queues it again', async () => {
    const { operator } = await open();
    const { runId } = await operator.trigger('TRANSFORM', {});
    await expect(operator.retry(runId, 'FAILURE')).rejects.toEqual(code('RUN_STATE'));
    await operator.cancel(runId, 'mistake');
    await expect(operator.cancel(runId, undefined)).rejects.toEqual(code('RUN_STATE'));
    expect(await operator.findRun(runId)).toMatchObject({ status: 'CANCELLED' });
    await operator.retry(runId, 'START');
    expect(await operator.findRun(runId)).toMatchObject({ status: 'QUEUED', attempt: 2, trigger: 'RETRY' });
    for (const change of [operator.cancel('unknown', 'x'), operator.retry('unknown', 'START')]) {
      await expect(change).rejects.toEqual(code('NOT_FOUND'));
    }
  });

  it('refuses to queue a parked run again, and says when it goes on', async () => {
    const { operator, runs } = await open();
    const { runId } = await operator.trigger('TRANSFORM', {});
    const now = systemClock.now();
    const claimed = await runs.claimRun(runId, { id: 'w', now, leaseMs: 60_000 });
    const resumesAt = now + 3_600_000;
    const claim = { runId, fence: claimed?.fence ?? 0 };
    await runs.finishRun(claim, { status: 'WAITING', at: now, resumesAt });
    await expect(operator.retry(runId, 'FAILURE')).rejects.toMatchObject({
      code: 'RUN_STATE',
      message: expect.stringContaining(toIso(resumesAt)),
    });
    expect(await operator.resume(runId)).toBe(false);
  });

  it('says that nobody works on a run whose worker is lost', async () => {
    const { operator, runs } = await open();
    const { runId } = await operator.trigger('CRAWL', {});
    const stood = async () => (await operator.findRun(runId))?.isAbandoned;
    expect(await stood()).toBe(false);
    await runs.claimRun(runId, { id: 'w', now: systemClock.now() - 400_000, leaseMs: 1_000 });
    expect(await stood()).toBe(true);
  });

  it('changes, pauses and resets a schedule', async () => {
    const { operator } = await open();
    await operator.changeSchedule({
      pipeline: 'CRAWL',
      cron: '0 4 * * *',
      timeZone: 'Europe/Berlin',
      missedTicks: 'ALL',
      jitterSeconds: 9,
      reason: 'try',
    });
    await operator.changeSchedule({ pipeline: 'CRAWL', isEnabled: false, reason: 'pause' });
    const [crawl] = (await operator.listSchedules()).filter(({ pipeline }) => pipeline === 'CRAWL');
    expect(crawl).toMatchObject({
      cron: '0 4 * * *',
      timeZone: 'Europe/Berlin',
      isEnabled: false,
      missedTicks: 'ALL',
      jitterSeconds: 9,
      reason: 'pause',
      origin: 'stored',
      nextDueAt: null,
      ticks: [],
    });
    expect(crawl?.upcoming).toHaveLength(3);
    expect(crawl?.upcoming[0]).toBeGreaterThan(systemClock.now());
    await operator.resetSchedule('REFRESH', 'as configured');
    const refresh = (await operator.listSchedules()).find(({ pipeline }) => pipeline === 'REFRESH');
    expect(refresh).toMatchObject({ cron: '0 5 * * *', origin: 'config' });
    await expect(operator.resetSchedule('IMPORT', undefined)).rejects.toEqual(code('NOT_FOUND'));
    await expect(operator.changeSchedule({ pipeline: 'CRAWL', cron: 'daily' })).rejects.toEqual(
      code('INVALID_INPUT'),
    );
  });

  it('leaves every change in the audit log', async () => {
    const { operator, dataDir } = await open();
    const { runId } = await operator.trigger('TRANSFORM', {});
    await operator.cancel(runId, 'mistake');
    const access = openSqliteAccess(join(dataDir, 'access.sqlite'));
    const entries = await access.listAudit({ first: 9 });
    await access.close();
    expect(entries).toMatchObject([
      { action: 'cancelRun', runId, input: { runId, reason: 'mistake' } },
      { action: 'triggerPipeline' },
    ]);
  });
});

describe('openOperator', () => {
  const at = (env: Record<string, string>) => ({ config: readConfig(env), log: silentLog });

  it('takes the server that runs on the folder, and the folder when that one was killed', async () => {
    const { dataDir } = await openServer();
    const server = await openOperator(at({ GROOVELAKE_DATA_DIR: dataDir }), { executes: false });
    expect(server.isServer).toBe(true);
    const dead = makeTempFolder();
    writeFileSync(join(dead, 'server.json'), '{"pid":1,"url":"http://127.0.0.1:9"}');
    const folder = await openOperator(at({ GROOVELAKE_DATA_DIR: dead }), { executes: false });
    expect([folder.isServer, folder.where]).toEqual([false, dead]);
    await folder.close();
  });

  it('waits for a server that starts, and does nothing past one that does not answer', async () => {
    const dataDir = makeTempFolder();
    const openFor = (ms: number) =>
      openOperator(at({ GROOVELAKE_DATA_DIR: dataDir }), { executes: true }, ms);
    let isLive = false;
    const server = createServer((_request, response) => {
      response.writeHead(isLive ? 200 : 503).end(isLive ? '{"status":"live"}' : '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const lock = await lockDataDir(dataDir);
    onTestFinished(async () => {
      await lock.release();
      server.close();
    });
    await expect(openFor(200)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`The server that holds "${dataDir}" has not answered`),
    });
    const opening = openFor(20_000);
    await systemClock.sleep(150);
    await lock.announce(url);
    await expect(openFor(200)).rejects.toThrow(`process ${process.pid} at ${url}, has not answered`);
    isLive = true;
    expect(await opening).toMatchObject({ isServer: true, where: url });
    expect(existsSync(join(dataDir, 'runs.sqlite'))).toBe(false);
  });

  it('goes to the folder when the server that was waited for ends', async () => {
    const dataDir = makeTempFolder();
    const lock = await lockDataDir(dataDir);
    const opening = openOperator(at({ GROOVELAKE_DATA_DIR: dataDir }), { executes: false });
    await systemClock.sleep(150);
    await lock.release();
    const folder = await opening;
    expect(folder.isServer).toBe(false);
    await folder.close();
  });

  it('changes a copy of a folder whose server runs, and not the original', async () => {
    const { dataDir } = await openServer();
    const copy = join(makeTempFolder(), 'copy');
    cpSync(dataDir, copy, { recursive: true });
    const operator = await openOperator(at({ GROOVELAKE_DATA_DIR: copy }), { executes: false });
    expect([operator.isServer, operator.where]).toEqual([false, copy]);
    await operator.close();
  });

  it('says so when a named server does not answer, or wants another key', async () => {
    const env = { GROOVELAKE_DATA_DIR: makeTempFolder(), GROOVELAKE_SERVER_URL: 'http://127.0.0.1:9' };
    const nobody = await openOperator(at(env), { executes: false });
    await expect(nobody.listRuns({ first: 1, filter: {} })).rejects.toEqual(code('UNAVAILABLE'));
    const KEY = 'a-key-of-many-characters';
    const { operator } = await openServer({ GROOVELAKE_API_KEY: KEY }, 'another-key-of-many');
    await expect(operator.listRuns({ first: 1, filter: {} })).rejects.toEqual(code('FORBIDDEN'));
  });
});
