import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as realTime } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { GroovelakeError } from '../../../src/errors.ts';
import { silentLog } from '../../../src/log.ts';
import { createDispatcher, type WorkerMessage } from '../../../src/pipeline/runs/dispatcher.ts';
import { prepareDataDir } from '../../../src/store/data-dir.ts';
import { namePublishHolder } from '../../../src/store/runs/publisher.ts';
import type { PipelineName, Run } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createKeptLog } from '../../fixtures/quiet-log.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

/** A worker's process that does what the test says. */
interface ScriptedWorker {
  readonly runId: string;
  readonly signals: string[];
  claim(): Promise<Run>;
  exit(code: number | null, signal?: string): void;
}

/** A dispatcher on a virtual clock, whose workers are scripted. */
function open(env: Readonly<Record<string, string>> = {}) {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  onTestFinished(() => runs.close());
  const config = readConfig({ GROOVELAKE_CRASH_RETRIES: '0', ...env });
  const workers: ScriptedWorker[] = [];
  const changed: string[] = [];
  const spawnWorker = (runId: string) => {
    const signals: string[] = [];
    let tell: (message: WorkerMessage) => void = () => {};
    let exit: ScriptedWorker['exit'] = () => {};
    workers.push({
      runId,
      signals,
      claim: async () => {
        const claimed = await runs.claimRun(runId, {
          id: 'child',
          now: clock.now(),
          leaseMs: config.leaseMs,
        });
        if (!claimed) throw new Error('the run could not be claimed');
        tell({ kind: 'claimed', runId, fence: claimed.fence });
        return claimed;
      },
      exit: (code, signal) => exit(code, signal),
    });
    return {
      onMessage: (listener: typeof tell) => {
        tell = listener;
      },
      onExit: (listener: (code: number | null, signal: string | null) => void) => {
        exit = (code, signal) => listener(code, signal ?? null);
      },
      kill: (signal: string) => void signals.push(signal),
    };
  };
  const onChange = (runId: string) => void changed.push(runId);
  const dispatcher = createDispatcher({ config, runs, clock, log: silentLog, spawnWorker, onChange });
  const queue = async (pipeline: PipelineName = 'REFRESH', top = 0) => {
    const input = { pipeline, trigger: 'MUTATION', parameters: { top }, createdAt: clock.now() } as const;
    return (await runs.createRun(input, ['crawl'])).run;
  };
  const wake = async () => {
    dispatcher.wake();
    await clock.advance(0);
  };
  const worker = (at: number): ScriptedWorker => {
    const found = workers[at];
    if (!found) throw new Error(`there is no worker ${at}`);
    return found;
  };
  return { clock, runs, config, workers, worker, changed, dispatcher, queue, wake, spawnWorker };
}

describe('createDispatcher: starting workers', () => {
  it('leaves runs alone that it may not start', async () => {
    const { clock, runs, config, workers, queue, spawnWorker } = open();
    const first = await queue();
    const second = await queue('CRAWL');
    const mayStart = (runId: string) => runId === second.id;
    const parts = { config, runs, clock, log: silentLog, spawnWorker, onChange: () => {}, mayStart };
    await createDispatcher(parts).start();
    await clock.advance(5_000);
    expect(workers.map(({ runId }) => runId)).toEqual([second.id]);
    expect(await runs.findRun(first.id)).toMatchObject({ status: 'QUEUED' });
  });

  it('starts a worker for a queued run at once when woken, and by itself at the next tick', async () => {
    const { dispatcher, queue, wake, workers, clock } = open();
    await dispatcher.start();
    const first = await queue('REFRESH');
    await wake();
    expect(workers.map(({ runId }) => runId)).toEqual([first.id]);
    await queue('CRAWL');
    await clock.advance(1_000);
    expect(workers).toHaveLength(2);
  });

  it('starts one worker per run and pipeline, and no more than the limit', async () => {
    const { queue, wake, workers, worker, runs } = open();
    for (const top of [1, 2]) await queue('REFRESH', top);
    for (const pipeline of ['CRAWL', 'TRANSFORM'] as const) await queue(pipeline);
    await wake();
    await wake();
    expect(workers).toHaveLength(2);
    const first = await worker(0).claim();
    await wake();
    expect(workers).toHaveLength(2);
    await runs.finishRun({ runId: first.id, fence: first.fence }, { status: 'SUCCEEDED', at: 1 });
    worker(0).exit(0);
    await wake();
    expect(workers).toHaveLength(3);
  });

  it('starts HISTORY beside as many others as may be, once, and it takes no place of theirs', async () => {
    const { queue, wake, workers, worker, runs } = open();
    for (const pipeline of ['REFRESH', 'CRAWL'] as const) await queue(pipeline);
    await wake();
    const late = await queue('HISTORY', 1);
    await queue('TRANSFORM');
    await wake();
    expect(workers.map(({ runId }) => runId).slice(2)).toEqual([late.id]);
    await queue('HISTORY', 2);
    await wake();
    expect(workers).toHaveLength(3);
    const first = await worker(0).claim();
    await runs.finishRun({ runId: first.id, fence: first.fence }, { status: 'SUCCEEDED', at: 1 });
    worker(0).exit(0);
    await wake();
    expect(await runs.findRun(worker(3).runId)).toMatchObject({ pipeline: 'TRANSFORM' });
    expect(workers).toHaveLength(4);
  });

  it('resumes a parked run when its time has come', async () => {
    const { dispatcher, queue, workers, clock, runs } = open();
    const { id } = await queue();
    const claimed = await runs.claimRun(id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const resumesAt = clock.now() + 60_000;
    await runs.finishRun({ runId: id, fence: claimed?.fence ?? 0 }, { status: 'WAITING', at: 1, resumesAt });
    await dispatcher.start();
    await clock.advance(59_000);
    expect(workers).toHaveLength(0);
    await clock.advance(2_000);
    expect(workers).toHaveLength(1);
  });

  it('does not start a worker again and again for a run that somebody else has', async () => {
    const { queue, wake, workers, worker, clock } = open();
    await queue();
    await wake();
    worker(0).exit(0);
    await clock.advance(0);
    expect(workers).toHaveLength(1);
  });

  it('tells of every change of a run', async () => {
    const { queue, wake, worker, changed } = open();
    const run = await queue();
    await wake();
    await worker(0).claim();
    expect(changed).toEqual([run.id]);
  });
});

describe('createDispatcher: workers that die', () => {
  it('ends the run CRASHED at once, saying how its process ended', async () => {
    const { queue, wake, worker, runs, clock } = open();
    const run = await queue();
    await wake();
    await worker(0).claim();
    worker(0).exit(null, 'SIGKILL');
    await clock.advance(0);
    expect(await runs.findRun(run.id)).toMatchObject({
      status: 'CRASHED',
      error: { code: 'CRASHED', message: 'Its process was ended by SIGKILL before the run did.' },
    });
  });

  it('lets go of the publish lease that a dead worker held, and of no other', async () => {
    const { queue, wake, worker, runs, clock } = open();
    await queue();
    await wake();
    const { id, fence } = await worker(0).claim();
    const acquire = (holder: string) => runs.acquireLease('publish', holder, clock.now(), 60_000);
    await acquire(namePublishHolder({ runId: id, fence }));
    worker(0).exit(null, 'SIGKILL');
    await clock.advance(0);
    expect(await acquire('next')).toEqual({ fence: 2 });
    expect(await acquire('other')).toBeNull();
  });

  it('ends a run CRASHED whose process could not even begin, and does not try for ever', async () => {
    const { dispatcher, queue, wake, worker, workers, runs, clock } = open();
    await dispatcher.start();
    const run = await queue();
    await wake();
    worker(0).exit(1);
    await clock.advance(60_000);
    expect(await runs.findRun(run.id)).toMatchObject({
      status: 'CRASHED',
      error: { message: 'Its process ended with exit code 1 before it could begin.' },
    });
    expect(workers).toHaveLength(1);
  });

  it('writes the end of a run into the space that is kept aside, says so once, and starts nothing for a minute', async () => {
    const dataDir = makeTempFolder();
    await prepareDataDir(dataDir);
    const reserve = join(dataDir, 'reserve');
    const { config, runs, clock, queue, workers, worker, spawnWorker } = open({
      GROOVELAKE_DATA_DIR: dataDir,
    });
    const { log, lines } = createKeptLog();
    const full = () => new GroovelakeError('DISK_FULL', 'The disk of "runs.sqlite" is full.');
    const onFullDisk: typeof runs = {
      ...runs,
      crashRun: async (...given) => {
        if (existsSync(reserve)) throw full();
        return runs.crashRun(...given);
      },
    };
    const parts = { config, runs: onFullDisk, clock, log, spawnWorker, onChange: () => {} };
    await createDispatcher(parts).start();
    const { id } = await queue();
    await clock.advance(1_000);
    await worker(0).claim();
    await queue('CRAWL');
    worker(0).exit(1);
    await clock.advance(0);
    for (let tries = 0; existsSync(reserve) && tries < 100; tries++) await realTime(10);
    await clock.advance(5_000);
    expect(await runs.findRun(id)).toMatchObject({ status: 'CRASHED' });
    expect(lines.filter((line) => /disk of the data folder is full\. Free space/.test(line))).toHaveLength(1);
    expect(workers).toHaveLength(1);
    await clock.advance(60_000);
    expect(workers).toHaveLength(2);
  });

  it('leaves a run alone that had ended before its process did', async () => {
    const { queue, wake, worker, runs, clock } = open();
    await queue();
    await wake();
    const { id, fence } = await worker(0).claim();
    await runs.finishRun({ runId: id, fence }, { status: 'PARTIAL', at: 1 });
    worker(0).exit(0);
    await clock.advance(0);
    expect(await runs.findRun(id)).toMatchObject({ status: 'PARTIAL', fence });
  });

  it('kills the process of a cancelled run after the grace time, and the run is CANCELLED', async () => {
    const { dispatcher, queue, wake, worker, runs, clock, config } = open();
    await dispatcher.start();
    const run = await queue();
    await wake();
    const { fence } = await worker(0).claim();
    await runs.requestCancel(run.id, { at: clock.now() });
    await clock.advance(config.cancelGraceMs);
    expect(worker(0).signals).toEqual([]);
    await clock.advance(2_000);
    expect(worker(0).signals).toContain('SIGKILL');
    worker(0).exit(null, 'SIGKILL');
    await clock.advance(0);
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CANCELLED', fence: fence + 1 });
  });

  it('ends a run whose worker hangs when its lease is over, and kills the worker', async () => {
    const { dispatcher, queue, wake, worker, runs, clock } = open();
    await dispatcher.start();
    const run = await queue();
    await wake();
    await worker(0).claim();
    await clock.advance(21_000);
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CRASHED', fence: 2 });
    await clock.advance(9_000);
    expect(worker(0).signals).toContain('SIGKILL');
  });
});

describe('createDispatcher: crashed runs', () => {
  it('are tried again after a pause, so many times as the configuration says', async () => {
    const { dispatcher, queue, wake, worker, workers, runs, clock } = open({ GROOVELAKE_CRASH_RETRIES: '1' });
    await dispatcher.start();
    const run = await queue();
    await wake();
    await worker(0).claim();
    worker(0).exit(null, 'SIGSEGV');
    await clock.advance(4_000);
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CRASHED', attempt: 1 });
    await clock.advance(3_000);
    expect(workers).toHaveLength(2);
    await worker(1).claim();
    worker(1).exit(null, 'SIGSEGV');
    await clock.advance(600_000);
    expect(workers).toHaveLength(2);
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CRASHED', attempt: 2, trigger: 'RETRY' });
  });

  it('are tried again behind a later run where each has work of its own: files, an account', async () => {
    const { dispatcher, runs, clock } = open({ GROOVELAKE_CRASH_RETRIES: '1' });
    const queueFile = async (file: string) =>
      (
        await runs.createRun(
          { pipeline: 'IMPORT', trigger: 'MUTATION', parameters: { files: [file] }, createdAt: clock.now() },
          ['import'],
        )
      ).run;
    const first = await queueFile('a.csv');
    const claimed = await runs.claimRun(first.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    clock.step(1_000);
    const second = await queueFile('b.csv');
    await runs.crashRun({ runId: first.id, fence: claimed?.fence ?? 0 }, { at: clock.now(), message: 'x' });
    await runs.requestCancel(second.id, { at: clock.now() });
    await dispatcher.start();
    await clock.advance(10_000);
    expect(await runs.findRun(first.id)).toMatchObject({ attempt: 2, trigger: 'RETRY' });
  });

  it('are left alone when a later run of the pipeline exists, or a command executed them', async () => {
    const { dispatcher, queue, runs, clock, workers } = open({ GROOVELAKE_CRASH_RETRIES: '3' });
    const crash = async (id: string, endsWithCommand?: boolean) => {
      const claimed = await runs.claimRun(id, { id: 'w', now: clock.now(), leaseMs: 1_000, endsWithCommand });
      await runs.crashRun({ runId: id, fence: claimed?.fence ?? 0 }, { at: clock.now(), message: 'x' });
    };
    await crash((await queue('REFRESH', 1)).id);
    clock.step(1_000);
    await runs.requestCancel((await queue('REFRESH', 2)).id, { at: clock.now() });
    const cli = { pipeline: 'IMPORT', trigger: 'CLI', parameters: {}, createdAt: clock.now() } as const;
    await crash((await runs.createRun(cli, ['import'])).run.id, true);
    await dispatcher.start();
    await clock.advance(3_600_000);
    expect(workers).toHaveLength(0);
  });

  it('count since somebody asked for them, and not the attempts that failed before', async () => {
    const { dispatcher, queue, runs, clock, worker, workers } = open({ GROOVELAKE_CRASH_RETRIES: '1' });
    const { id } = await queue('IMPORT');
    for (let attempt = 1; attempt < 4; attempt++) {
      const claimed = await runs.claimRun(id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
      const claim = { runId: id, fence: claimed?.fence ?? 0 };
      await runs.finishRun(claim, { status: 'FAILED', at: clock.now() });
      await runs.requeueRun(id, { at: clock.now(), keepFinishedSteps: true });
    }
    await dispatcher.start();
    const crash = async (at: number) => {
      await worker(at).claim();
      worker(at).exit(null, 'SIGKILL');
      await clock.advance(600_000);
    };
    await clock.advance(0);
    await crash(0);
    expect(await runs.findRun(id)).toMatchObject({ attempt: 5, crashes: 1 });
    await crash(1);
    expect(await runs.findRun(id)).toMatchObject({ status: 'CRASHED', attempt: 5, crashes: 2 });
    await runs.requeueRun(id, { at: clock.now(), keepFinishedSteps: true });
    await clock.advance(1_000);
    await crash(2);
    expect(await runs.findRun(id)).toMatchObject({ attempt: 7, crashes: 1 });
    expect(workers).toHaveLength(4);
  });

  it('are tried again where a command began them and parked them, and a server went on', async () => {
    const { dispatcher, runs, clock } = open({ GROOVELAKE_CRASH_RETRIES: '1' });
    const cli = { pipeline: 'CRAWL', trigger: 'CLI', parameters: {}, createdAt: clock.now() } as const;
    const { id } = (await runs.createRun(cli, ['crawl'])).run;
    const worker = { id: 'w', now: clock.now(), leaseMs: 1_000 };
    await runs.claimRun(id, { ...worker, endsWithCommand: true });
    await runs.finishRun({ runId: id, fence: 1 }, { status: 'WAITING', at: clock.now() });
    expect(await runs.claimRun(id, worker)).not.toHaveProperty('endsWithCommand');
    await runs.crashRun({ runId: id, fence: 2 }, { at: clock.now(), message: 'x' });
    await dispatcher.start();
    await clock.advance(10_000);
    expect(await runs.findRun(id)).toMatchObject({ attempt: 2, trigger: 'RETRY' });
  });
});

describe('createDispatcher: boot and clock', () => {
  it('leaves nothing RUNNING at boot whose worker is gone: dead process, no heartbeat ever, lease over', async () => {
    const { dispatcher, queue, runs, clock } = open();
    const { nameWorker } = await import('../../../src/pipeline/runs/worker-identity.ts');
    const dead = await queue('REFRESH');
    const silent = await queue('CRAWL');
    const gone = nameWorker(4_194_000, seededRandomness(1));
    await runs.claimRun(dead.id, { id: gone, now: clock.now(), leaseMs: 20_000 });
    await runs.claimRun(silent.id, { id: 'elsewhere:1:2:3', now: clock.now() - 20_000, leaseMs: 20_000 });
    await dispatcher.start();
    for (const { id } of [dead, silent]) expect(await runs.findRun(id)).toMatchObject({ status: 'CRASHED' });
  });

  it('lets the worker of another machine go on while its lease lasts', async () => {
    const { dispatcher, queue, runs, clock } = open();
    const { id } = await queue();
    await runs.claimRun(id, { id: 'elsewhere:1:2:3', now: clock.now(), leaseMs: 20_000 });
    await dispatcher.start();
    await clock.advance(19_000);
    expect(await runs.findRun(id)).toMatchObject({ status: 'RUNNING' });
    await clock.advance(2_000);
    expect(await runs.findRun(id)).toMatchObject({ status: 'CRASHED' });
  });

  it.each([3_600_000, -3_600_000])('gives leases time after the clock was set by %d ms', async (ms) => {
    const { dispatcher, queue, wake, worker, runs, clock, config } = open();
    await dispatcher.start();
    await queue();
    await wake();
    const { id, fence } = await worker(0).claim();
    const beat = () => runs.heartbeat({ runId: id, fence }, { now: clock.now(), leaseMs: config.leaseMs });
    for (let second = 0; second < 60; second++) {
      if (second === 12) clock.step(ms);
      if (second % 5 === 0) await beat();
      await clock.advance(1_000);
    }
    expect(await runs.findRun(id)).toMatchObject({ status: 'RUNNING', fence });
  });
});

describe('createDispatcher: drain', () => {
  it('starts nothing more, tells the workers to stop, and resolves when they have', async () => {
    const { dispatcher, queue, wake, worker, workers, clock } = open();
    await queue('REFRESH');
    await wake();
    await worker(0).claim();
    const draining = dispatcher.drain(8_000);
    await queue('CRAWL');
    await wake();
    expect(workers).toHaveLength(1);
    expect(worker(0).signals).toEqual(['SIGTERM']);
    worker(0).exit(0);
    await draining;
    await clock.advance(10_000);
    expect(worker(0).signals).toEqual(['SIGTERM']);
  });

  it('leaves a run queued whose worker was stopped before it had begun', async () => {
    const { dispatcher, queue, wake, worker, runs } = open();
    const run = await queue();
    await wake();
    const draining = dispatcher.drain(8_000);
    await Promise.resolve();
    worker(0).exit(null, 'SIGTERM');
    await draining;
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'QUEUED', fence: 0 });
  });

  it('kills what has not stopped at the deadline', async () => {
    const { dispatcher, queue, wake, worker, clock, runs } = open();
    const run = await queue();
    await wake();
    await worker(0).claim();
    const draining = dispatcher.drain(8_000);
    await clock.advance(8_000);
    expect(worker(0).signals).toEqual(['SIGTERM', 'SIGKILL']);
    worker(0).exit(null, 'SIGKILL');
    await draining;
    // It was no crash of the run's own, and the next server goes on with it at once.
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'WAITING', resumesAt: clock.now() });
    expect((await runs.findRun(run.id))?.crashes).toBeUndefined();
  });

  it('ends a run as cancelled that was to be when its worker is killed', async () => {
    const { dispatcher, queue, wake, worker, clock, runs } = open();
    const run = await queue();
    await wake();
    await worker(0).claim();
    await runs.requestCancel(run.id, { at: clock.now() });
    const draining = dispatcher.drain(8_000);
    await clock.advance(8_000);
    worker(0).exit(null, 'SIGKILL');
    await draining;
    expect(await runs.findRun(run.id)).toMatchObject({ status: 'CANCELLED' });
  });

  it('tells the workers before it waits for a store that is away', async () => {
    const { dispatcher, queue, wake, worker, runs } = open();
    await queue();
    await wake();
    await worker(0).claim();
    let answer = (_runs: Run[]) => {};
    runs.listClaimable = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    await wake();
    const draining = dispatcher.drain(8_000);
    expect(worker(0).signals).toEqual(['SIGTERM']);
    answer([]);
    worker(0).exit(0);
    await draining;
  });
});
