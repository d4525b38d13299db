// Real processes: they are started, stopped, killed and frozen, and the run store must tell the truth afterwards.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { createDispatcher, type Dispatcher } from '../../../src/pipeline/runs/dispatcher.ts';
import { forkWorker } from '../../../src/pipeline/runs/worker-handle.ts';
import { workOnRun } from '../../../src/pipeline/runs/worker-process.ts';
import type { Run, RunStatus, RunStore, TriggerKind } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const WORKER = new URL('./scripted-worker.ts', import.meta.url);

interface World {
  readonly env: Record<string, string>;
  readonly runs: RunStore;
  queue(does: string, trigger?: TriggerKind): Promise<Run>;
  /** Waits until the run is in a state, however long that takes within the test's time. */
  until(id: string, isSo: (run: Run) => boolean): Promise<Run>;
  startDispatcher(): Promise<Dispatcher>;
  /** The process number behind the run's worker. */
  findPid(id: string): Promise<number>;
}

function open(change: Record<string, string> = {}): World {
  const dataDir = makeTempFolder();
  const env = {
    PATH: process.env.PATH ?? '',
    GROOVELAKE_DATA_DIR: dataDir,
    GROOVELAKE_LOG_LEVEL: 'error',
    GROOVELAKE_CRASH_RETRIES: '0',
    ...change,
  };
  const config = readConfig(env);
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  onTestFinished(() => runs.close());
  const until: World['until'] = async (id, isSo) => {
    for (;;) {
      const run = await runs.findRun(id);
      if (run && isSo(run)) return run;
      await systemClock.sleep(20);
    }
  };
  return {
    env,
    runs,
    until,
    queue: async (does, trigger = 'MUTATION') => {
      const input = { pipeline: 'CRAWL', trigger, createdAt: systemClock.now() } as const;
      return (await runs.createRun({ ...input, parameters: { does } }, ['crawl'])).run;
    },
    startDispatcher: async () => {
      const dispatcher = createDispatcher({
        config,
        runs,
        clock: systemClock,
        log: silentLog,
        spawnWorker: (runId) => forkWorker(runId, { entry: WORKER, env }),
        onChange: () => {},
      });
      onTestFinished(() => dispatcher.drain(0));
      await dispatcher.start();
      return dispatcher;
    },
    findPid: async (id) => {
      const begun = async () =>
        (await runs.listEvents(id, { after: 0, first: 50 })).some((e) => e.type === 'log');
      while (!(await begun())) await systemClock.sleep(20);
      return Number((await runs.findRun(id))?.workerId?.split(':')[1]);
    },
  };
}

const is = (status: RunStatus) => (run: Run) => run.status === status;
const messages = async (runs: RunStore, id: string) =>
  (await runs.listEvents(id, { after: 0, first: 50 })).map(({ message }) => message);

describe('a worker in a process of its own', () => {
  it('does a run at lower priority than the server, and ends with it', async () => {
    const { queue, until, startDispatcher, findPid, runs } = open();
    const long = await queue('hang');
    await startDispatcher();
    expect(getPriority(await findPid(long.id))).toBe(10);
    await runs.requestCancel(long.id, { at: systemClock.now() });
    await until(long.id, is('CANCELLED'));
    const short = await queue('work');
    expect(await until(short.id, is('SUCCEEDED'))).toMatchObject({ workerId: null, fence: 1 });
  });

  it('that is killed in a step leaves a CRASHED run as soon as the server notices', async () => {
    const { queue, until, startDispatcher, findPid } = open();
    const run = await queue('hang');
    await startDispatcher();
    process.kill(await findPid(run.id), 'SIGKILL');
    expect(await until(run.id, is('CRASHED'))).toMatchObject({
      error: { message: expect.stringContaining('SIGKILL'), step: 'crawl' },
    });
  });

  it('that cannot hear a cancel is killed after the grace time', async () => {
    const { queue, until, startDispatcher, runs } = open({ GROOVELAKE_CANCEL_GRACE_MS: '100' });
    const run = await queue('block');
    await startDispatcher();
    await until(run.id, is('RUNNING'));
    await systemClock.sleep(500);
    await runs.requestCancel(run.id, { at: systemClock.now() });
    expect(await until(run.id, (found) => found.endedAt !== null)).toMatchObject({ status: 'CANCELLED' });
  });

  it('that cannot begin leaves a CRASHED run', async () => {
    const { queue, until, startDispatcher } = open({ GROOVELAKE_TEST_EXIT: '3' });
    const run = await queue('work');
    await startDispatcher();
    expect(await until(run.id, is('CRASHED'))).toMatchObject({
      error: { message: 'Its process ended with exit code 3 before it could begin.' },
    });
  });

  it('that is told to stop parks its run, and the next server goes on with it', async () => {
    const { queue, until, startDispatcher, findPid, runs } = open();
    const run = await queue('hang once');
    const first = await startDispatcher();
    await findPid(run.id);
    await first.drain(10_000);
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'WAITING', workerId: null });
    await startDispatcher();
    expect(await until(run.id, is('SUCCEEDED'))).toMatchObject({ attempt: 1, fence: 2 });
  });

  it('likewise parks a run that a command had begun, parked and left to the server', async () => {
    const { queue, startDispatcher, findPid, runs } = open();
    const { id } = await queue('hang', 'CLI');
    const now = systemClock.now();
    await runs.claimRun(id, { id: 'w', now, leaseMs: 1_000, endsWithCommand: true });
    await runs.finishRun({ runId: id, fence: 1 }, { status: 'WAITING', at: now, resumesAt: now });
    const server = await startDispatcher();
    await findPid(id);
    await server.drain(10_000);
    expect(await runs.findRun(id)).toMatchObject({ status: 'WAITING', fence: 2 });
  });
});

describe('a server that is killed', () => {
  const startServer = (env: Record<string, string>): ChildProcess => {
    const server = fork(new URL('./scripted-server.ts', import.meta.url), { env });
    onTestFinished(() => void server.kill('SIGKILL'));
    return server;
  };
  const kill = async (server: ChildProcess) => {
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  };

  it('leaves a worker that parks its run and ends, and the next server goes on with it', async () => {
    const { queue, until, startDispatcher, findPid, env } = open();
    const run = await queue('hang once');
    const server = startServer(env);
    await findPid(run.id);
    await kill(server);
    await until(run.id, is('WAITING'));
    await startDispatcher();
    expect(await until(run.id, is('SUCCEEDED'))).toMatchObject({ fence: 2 });
  });

  it('ends a run with it where it was a command', async () => {
    const { queue, until, findPid, env } = open({ GROOVELAKE_TEST_COMMAND: 'yes' });
    const run = await queue('hang', 'CLI');
    const server = startServer(env);
    process.kill(await findPid(run.id), 'SIGINT');
    await kill(server);
    expect(await until(run.id, (found) => found.endedAt !== null)).toMatchObject({
      status: 'CANCELLED',
      endsWithCommand: true,
    });
  });

  it('together with its worker leaves a run that the next server ends at its boot, before the lease is over', async () => {
    const { queue, startDispatcher, findPid, env, runs } = open();
    const run = await queue('hang');
    const server = startServer(env);
    const worker = await findPid(run.id);
    process.kill(worker, 'SIGSTOP');
    await kill(server);
    process.kill(worker, 'SIGKILL');
    // Nobody reaps it here at once; a zombie counts as gone.
    await systemClock.sleep(100);
    const before = await runs.findRun(run.id);
    expect(before?.status).toBe('RUNNING');
    expect(before?.leaseUntil ?? 0).toBeGreaterThan(systemClock.now());
    await startDispatcher();
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CRASHED', workerId: null });
    expect(await runs.countRuns({ statuses: ['RUNNING', 'CANCELLING'] })).toBe(0);
  });
});

describe('a worker that is frozen past its lease', () => {
  it('finds its writes refused when it wakes, while another has finished the run', async () => {
    const { queue, until, findPid, env, runs } = open({
      GROOVELAKE_LEASE_MS: '2000',
      GROOVELAKE_HEARTBEAT_MS: '200',
    });
    const run = await queue('hang once');
    const frozen = forkWorker(run.id, { entry: WORKER, env });
    const exited = new Promise<number | null>((resolve) => frozen.onExit((code) => resolve(code)));
    const pid = await findPid(run.id);
    process.kill(pid, 'SIGSTOP');
    await systemClock.sleep(2_050);
    expect(await runs.crashExpired(systemClock.now())).toMatchObject([{ id: run.id, status: 'CRASHED' }]);
    await runs.requeueRun(run.id, { at: systemClock.now(), keepFinishedSteps: true });
    const steps = [{ name: 'crawl', run: async () => ({ rowsOut: 7 }) }];
    const { signal } = new AbortController();
    const finished = await workOnRun(run.id, { config: readConfig(env), log: silentLog, steps, signal });
    expect(finished).toMatchObject({ status: 'SUCCEEDED', attempt: 2, fence: 3 });
    const told = await messages(runs, run.id);
    process.kill(pid, 'SIGCONT');
    expect(await exited).toBe(0);
    expect(await until(run.id, () => true)).toEqual(finished);
    expect(await messages(runs, run.id)).toEqual(told);
    expect((await runs.listSteps([run.id]))[0]).toMatchObject({ status: 'SUCCEEDED', rowsOut: 7 });
  });
});

describe('startWorkerProcess', () => {
  it('refuses to start without a run, with the exit code for wrong use', async () => {
    const child = fork(WORKER, [], { stdio: 'pipe', env: open().env });
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'exit');
    expect(code).toBe(64);
    expect(said).toContain('--run ID is expected');
  });

  it('leaves a run alone that is not to be had', async () => {
    const { env } = open();
    const handle = forkWorker('unknown', { entry: WORKER, env });
    expect(await new Promise((resolve) => handle.onExit((code) => resolve(code)))).toBe(0);
  });
});
