import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  ExtractError,
  GroovelakeError,
  SourceDeferredError,
  TimeoutError,
} from '../../../src/errors.ts';
import { claimOf } from '../../../src/store/runs/run-store.ts';
import { forever, type Script, scriptRun, untilAborted } from './scripted-run.ts';

const HOUR = 3_600_000;
const retryable = () => new ExtractError('no answer', { source: 'spotify' }, { isRetryable: true });

describe('executeRun(run, parts): the good end', () => {
  it('runs the steps in order, keeps their counts, and ends SUCCEEDED with the snapshot', async () => {
    const { execute, runs, run, called, listSteps } = await scriptRun();
    const ended = await execute({
      crawl: () => ({ rowsIn: 1, rowsOut: 2, rowsRejected: 3, requests: 4 }),
      publish: () => ({ snapshotId: 's1', message: 'snapshot s1' }),
    });
    expect(ended).toMatchObject({ status: 'SUCCEEDED', snapshotId: 's1', error: null, leaseUntil: null });
    expect(called).toEqual([
      'crawl',
      'bronze',
      'silver',
      'gold',
      'warehouse',
      'checks',
      'index',
      'serving',
      'publish',
    ]);
    expect((await listSteps()).every((step) => step.endsWith(' SUCCEEDED'))).toBe(true);
    expect((await runs.listSteps([run.id]))[0]).toMatchObject({
      attempt: 1,
      rowsIn: 1,
      rowsOut: 2,
      rowsRejected: 3,
      requests: 4,
      startedAt: run.startedAt,
    });
  });

  it('tells its story in events, in order', async () => {
    const { execute, listEvents } = await scriptRun('CRAWL');
    await execute({
      crawl: ({ event, progress }) => {
        progress(1, 2, 'half');
        event('WARN', 'crawl.ambiguous', 'Two artists are called "Nirvana"', { ids: [1, 2] });
        return { message: '2 artists' };
      },
    });
    expect(await listEvents()).toEqual([
      'INFO run.queued: CRAWL queued',
      'INFO run.started: attempt 1 began',
      'INFO step.started: crawl began',
      'WARN crawl.ambiguous: Two artists are called "Nirvana"',
      'INFO step.finished: crawl SUCCEEDED: 2 artists',
      'INFO run.finished: SUCCEEDED',
    ]);
  });

  it('hands values from step to step, and disposes of them in reverse order before the run has ended', async () => {
    const { execute, runs, run } = await scriptRun();
    const disposed: string[] = [];
    const note = (name: string) => async () => {
      disposed.push(`${name} while ${(await runs.findRun(run.id))?.status}`);
    };
    await execute({
      bronze: ({ scope }) => {
        scope.set('lease', 1, note('lease'));
        scope.set('build', { open: true }, note('build'));
        return {};
      },
      publish: ({ scope }) => {
        expect(scope.get('build')).toEqual({ open: true });
        return {};
      },
    });
    expect(disposed).toEqual(['build while RUNNING', 'lease while RUNNING']);
  });

  it('ends SKIPPED when a step ends the run, or when none had anything to do', async () => {
    const first = await scriptRun();
    expect(
      await first.execute({
        crawl: () => ({ status: 'SKIPPED' }),
        bronze: () => ({ status: 'SKIPPED', endsRun: true }),
      }),
    ).toMatchObject({ status: 'SKIPPED' });
    expect(first.called).toEqual(['crawl', 'bronze']);
    expect(new Set((await first.listSteps()).map((step) => step.split(' ')[1]))).toEqual(
      new Set(['SKIPPED']),
    );
    const second = await scriptRun('CRAWL');
    expect(await second.execute({ crawl: () => ({ status: 'SKIPPED' }) })).toMatchObject({
      status: 'SKIPPED',
    });
  });

  it('ends SUCCEEDED with its snapshot when an earlier attempt had published and died', async () => {
    const { execute, called } = await scriptRun();
    const ended = await execute({ bronze: () => ({ endsRun: true, snapshotId: 'published' }) });
    expect(ended).toMatchObject({ status: 'SUCCEEDED', snapshotId: 'published' });
    expect(called).toEqual(['crawl', 'bronze']);
  });

  it('ends PARTIAL when a step was, also when a later one ends the run', async () => {
    const first = await scriptRun();
    expect(await first.execute({ crawl: () => ({ status: 'PARTIAL' }) })).toMatchObject({
      status: 'PARTIAL',
    });
    const second = await scriptRun();
    const script: Script = { crawl: () => ({ status: 'PARTIAL' }), bronze: () => ({ endsRun: true }) };
    expect(await second.execute(script)).toMatchObject({ status: 'PARTIAL' });
  });
});

describe('executeRun(run, parts): failures', () => {
  it('ends FAILED with a readable error that names the step and hides secrets', async () => {
    const { execute, listSteps, called } = await scriptRun();
    const ended = await execute({
      silver: () => {
        throw new Error('cannot reach https://user:secret@example.org');
      },
    });
    expect(ended).toMatchObject({
      status: 'FAILED',
      error: {
        code: 'INTERNAL',
        message: 'cannot reach https://***@example.org',
        step: 'silver',
        isRetryable: false,
      },
    });
    expect(called).toEqual(['crawl', 'bronze', 'silver']);
    expect((await listSteps()).slice(1, 4)).toEqual(['bronze SUCCEEDED', 'silver FAILED', 'gold PENDING']);
  });

  it('tries a step again after an error that may pass, with a growing wait, and goes on', async () => {
    const { execute, runs, run, clock } = await scriptRun('CRAWL');
    const tries: number[] = [];
    const ended = await execute({
      crawl: () => {
        tries.push(clock.now());
        if (tries.length < 3) throw retryable();
        return { rowsOut: 1 };
      },
    });
    expect(ended).toMatchObject({ status: 'SUCCEEDED' });
    expect((await runs.listSteps([run.id]))[0]).toMatchObject({
      status: 'SUCCEEDED',
      attempt: 3,
      error: null,
    });
    const waits = tries.slice(1).map((at, n) => at - (tries[n] ?? 0));
    expect(waits[0]).toBeLessThanOrEqual(1_000);
    expect(waits[1]).toBeLessThanOrEqual(2_000);
  });

  it('gives up after so many tries, with the last error', async () => {
    const { execute, called } = await scriptRun('CRAWL', { GROOVELAKE_STEP_RETRIES: '1' });
    const script: Script = {
      crawl: () => {
        throw retryable();
      },
    };
    expect(await execute(script)).toMatchObject({
      status: 'FAILED',
      error: { code: 'EXTRACT', isRetryable: true },
    });
    expect(called).toEqual(['crawl', 'crawl']);
  });

  it('does not try again what cannot pass', async () => {
    const { execute, called } = await scriptRun('CRAWL');
    await execute({
      crawl: () => {
        throw new ExtractError('the key is wrong', { source: 'spotify', status: 401 });
      },
    });
    expect(called).toEqual(['crawl']);
  });

  it('takes a cancel or a time-out thrown by a step of itself for a failure', async () => {
    for (const error of [new CancelledError(), new TimeoutError('one request', { isRetryable: false })]) {
      const { execute } = await scriptRun('CRAWL');
      const script: Script = {
        crawl: () => {
          throw error;
        },
      };
      expect(await execute(script)).toMatchObject({ status: 'FAILED', error: { code: error.code } });
    }
  });

  it('fails a run whose step this version does not know', async () => {
    const { execute } = await scriptRun('CRAWL');
    expect(await execute({}, { steps: [] })).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('"crawl" is unknown to this version') },
    });
  });

  it('ends TIMED_OUT when a step takes longer than it may', async () => {
    const { execute, clock } = await scriptRun('CRAWL', { GROOVELAKE_STEP_TIMEOUTS: 'crawl=90000' });
    const ended = await execute({ crawl: untilAborted });
    expect(ended).toMatchObject({
      status: 'TIMED_OUT',
      error: { code: 'TIMEOUT', message: expect.stringContaining('GROOVELAKE_STEP_TIMEOUT_MS') },
    });
    expect((ended?.endedAt ?? 0) - (ended?.startedAt ?? 0)).toBe(90_000);
    expect(clock.now()).toBeGreaterThan(0);
  });

  it('leaves a step behind that does not end within the grace time', async () => {
    const { execute } = await scriptRun('CRAWL', { GROOVELAKE_STEP_TIMEOUTS: 'crawl=1000' });
    const ended = await execute({ crawl: forever });
    expect(ended).toMatchObject({ status: 'TIMED_OUT' });
    expect((ended?.endedAt ?? 0) - (ended?.startedAt ?? 0)).toBe(9_000);
  });

  it('writes the end again when the store is busy', async () => {
    const { execute, runs } = await scriptRun('CRAWL');
    let failures = 2;
    const finishRun: typeof runs.finishRun = (claim, end) =>
      failures-- > 0 ? Promise.reject(retryable()) : runs.finishRun(claim, end);
    expect(await execute({}, { runs: { ...runs, finishRun } })).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('goes on when an event cannot be kept', async () => {
    const { execute, runs } = await scriptRun('CRAWL');
    const appendEvent = () => Promise.reject(new Error('disk full'));
    expect(await execute({}, { runs: { ...runs, appendEvent } })).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('executeRun(run, parts): cancel', () => {
  it('reaches a step within half a second, and publishes nothing', async () => {
    const { begin, runs, run, clock, called, listSteps } = await scriptRun();
    const execution = begin({ gold: untilAborted });
    await clock.advance(3_000);
    await runs.requestCancel(run.id, { at: clock.now(), reason: 'wrong artists' });
    await clock.advance(500);
    expect(await execution).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'wrong artists',
      error: null,
      endedAt: (run.startedAt ?? 0) + 3_500,
    });
    expect(called).not.toContain('publish');
    expect((await listSteps()).slice(2, 5)).toEqual([
      'silver SUCCEEDED',
      'gold CANCELLED',
      'warehouse PENDING',
    ]);
  });

  it('reaches a step that waits for its next try', async () => {
    const { begin, runs, run, clock } = await scriptRun('CRAWL', { GROOVELAKE_STEP_RETRIES: '20' });
    const execution = begin({
      crawl: () => {
        throw retryable();
      },
    });
    await clock.advance(20_000);
    await runs.requestCancel(run.id, { at: clock.now() });
    await clock.advance(500);
    expect(await execution).toMatchObject({ status: 'CANCELLED' });
  });

  it('does not wait longer than the grace time for a step that ignores it', async () => {
    const { begin, runs, run, clock } = await scriptRun();
    const execution = begin({ crawl: forever });
    await clock.advance(1_000);
    await runs.requestCancel(run.id, { at: clock.now() });
    await clock.advance(8_500);
    expect(await execution).toMatchObject({ status: 'CANCELLED' });
  });

  it('lets a step that ends well all the same end the run well, when it was the last', async () => {
    const { begin, runs, run, clock } = await scriptRun('CRAWL');
    const execution = begin({ crawl: (context) => untilAborted(context).catch(() => ({ rowsOut: 1 })) });
    await clock.advance(100);
    await runs.requestCancel(run.id, { at: clock.now() });
    await clock.advance(500);
    expect(await execution).toMatchObject({ status: 'SUCCEEDED' });
  });
});

describe('executeRun(run, parts): parked work', () => {
  const deferred = (until: number) => new SourceDeferredError({ source: 'spotify', family: 'search', until });

  it('publishes what is sealed, waits until the source may be asked, and goes on with the step that parked', async () => {
    const { execute, claim, runs, run, clock, called, listSteps } = await scriptRun();
    const until = clock.now() + 20 * HOUR;
    const parked = await execute({
      crawl: () => ({ status: 'PARTIAL', resumesAt: until, requests: 7 }),
      publish: () => ({ snapshotId: 's1' }),
    });
    expect(parked).toMatchObject({ status: 'WAITING', resumesAt: until, snapshotId: 's1', endedAt: null });
    expect(called).toHaveLength(9);
    expect((await listSteps())[0]).toBe('crawl WAITING');
    await expect(claim()).rejects.toThrow();
    await clock.advance(20 * HOUR);
    called.length = 0;
    const ended = await execute({ publish: () => ({ snapshotId: 's2' }) }, {}, await claim());
    expect(ended).toMatchObject({ status: 'SUCCEEDED', attempt: 1, snapshotId: 's2', resumesAt: null });
    expect(called).toHaveLength(9);
    expect((await runs.listSteps([run.id]))[0]).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
  });

  it('takes a deferral that a step throws the same way, without trying again', async () => {
    const { execute, clock, called } = await scriptRun();
    const until = clock.now() + HOUR;
    const ended = await execute({
      crawl: () => {
        throw deferred(until);
      },
      bronze: () => ({ status: 'SKIPPED', endsRun: true }),
    });
    expect(ended).toMatchObject({ status: 'WAITING', resumesAt: until });
    expect(called).toEqual(['crawl', 'bronze']);
  });

  it('does not ask in a circle a source whose time has come already', async () => {
    const { execute, clock } = await scriptRun('CRAWL');
    const now = clock.now();
    const ended = await execute({ crawl: () => ({ resumesAt: 5 }) });
    expect(ended?.resumesAt).toBe(now + 1_000);
  });

  it('fails when another step does, and counts what the parked one landed as partly done', async () => {
    const { execute, clock, listSteps } = await scriptRun();
    const ended = await execute({
      crawl: () => ({ resumesAt: clock.now() + HOUR }),
      checks: () => {
        throw new Error('x');
      },
    });
    expect(ended).toMatchObject({ status: 'FAILED', resumesAt: null });
    expect((await listSteps())[0]).toBe('crawl PARTIAL');
  });

  it('is parked all the same when the checks refuse what there is so far, says so, and builds anew when it goes on', async () => {
    const { execute, clock, listSteps, runs, run } = await scriptRun();
    const until = clock.now() + HOUR;
    const refused = new GroovelakeError('CHECK_FAILED', 'tracks_not_empty: 1 row');
    const ended = await execute({
      crawl: () => ({ status: 'PARTIAL', resumesAt: until }),
      checks: () => {
        throw refused;
      },
    });
    expect(ended).toMatchObject({ status: 'WAITING', resumesAt: until, error: null, snapshotId: null });
    expect(await listSteps()).toContain('checks FAILED');
    const events = await runs.listEvents(run.id, { after: 0, first: 99 });
    expect(events.find(({ type }) => type === 'run.not_published')?.message).toMatch(/tracks_not_empty/);
  });

  it('is not parked any more once it was cancelled', async () => {
    const { execute, runs, run, clock } = await scriptRun('CRAWL');
    const ended = await execute({
      crawl: async () => {
        await runs.requestCancel(run.id, { at: clock.now() });
        return { resumesAt: clock.now() + HOUR };
      },
    });
    expect(ended).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('executeRun(run, parts): a process that must stop', () => {
  it('leaves a step behind that does not stop, and parks its run before the server kills at 8 s', async () => {
    const { begin, clock } = await scriptRun();
    const stop = new AbortController();
    const never = () => new Promise<never>(() => {});
    const execution = begin({ silver: never }, { signal: stop.signal, onStop: 'PARK' });
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(6_000);
    expect(await Promise.race([execution, 'goes on'])).toMatchObject({ status: 'WAITING' });
  });

  it('parks the run for at once, and the next worker keeps what was landed', async () => {
    const { begin, execute, claim, clock, called, listSteps } = await scriptRun();
    const stop = new AbortController();
    const execution = begin({ silver: untilAborted }, { signal: stop.signal, onStop: 'PARK' });
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(0);
    expect(await execution).toMatchObject({ status: 'WAITING', resumesAt: clock.now(), error: null });
    expect((await listSteps()).slice(0, 4)).toEqual([
      'crawl SUCCEEDED',
      'bronze SUCCEEDED',
      'silver WAITING',
      'gold PENDING',
    ]);
    called.length = 0;
    expect(await execute({}, {}, await claim())).toMatchObject({ status: 'SUCCEEDED', attempt: 1 });
    // The build is not open any more: its steps begin again together.
    expect(called).toEqual([
      'bronze',
      'silver',
      'gold',
      'warehouse',
      'checks',
      'index',
      'serving',
      'publish',
    ]);
  });

  it('cancels it instead for a command line that is interrupted', async () => {
    const { begin, clock } = await scriptRun();
    const stop = new AbortController();
    const execution = begin({ crawl: untilAborted }, { signal: stop.signal });
    await clock.advance(1_000);
    stop.abort();
    await clock.advance(0);
    expect(await execution).toMatchObject({ status: 'CANCELLED' });
  });

  it('does not begin when it has been told already', async () => {
    const { execute, called } = await scriptRun();
    expect(await execute({}, { signal: AbortSignal.abort() })).toMatchObject({ status: 'CANCELLED' });
    expect(called).toEqual([]);
  });
});

describe('executeRun(run, parts): lease and fence', () => {
  it('extends the lease while a step is long', async () => {
    const { begin, runs, run, clock } = await scriptRun('CRAWL');
    const execution = begin({ crawl: ({ clock: time }) => time.sleep(HOUR).then(() => ({})) });
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(59_000);
      expect(await runs.crashExpired(clock.now())).toEqual([]);
      await clock.advance(1_000);
    }
    expect(await execution).toMatchObject({ status: 'SUCCEEDED' });
    expect((await runs.listEvents(run.id, { after: 0, first: 100 })).length).toBeLessThan(10);
  });

  it('stops at once, and writes nothing more, when another worker has taken over', async () => {
    const { begin, execute, runs, run, clock, claim, called } = await scriptRun('CRAWL');
    let disposed = 0;
    const late = begin({
      crawl: (context) => {
        context.scope.set('x', 1, () => void disposed++);
        return untilAborted(context).catch((error) => {
          context.event('INFO', 'log', 'too late');
          throw error;
        });
      },
    });
    await clock.advance(1_000);
    await runs.crashRun(claimOf(run), { at: clock.now(), message: 'taken for dead' });
    await runs.requeueRun(run.id, { at: clock.now(), keepFinishedSteps: true });
    const second = await claim();
    await clock.advance(500);
    expect(await late).toBeNull();
    expect(disposed).toBe(1);
    expect(called).toEqual(['crawl']);
    expect(await execute({}, {}, second)).toMatchObject({ status: 'SUCCEEDED', attempt: 2 });
    const events = await runs.listEvents(run.id, { after: 0, first: 100 });
    expect(events.filter(({ message }) => message === 'too late')).toEqual([]);
  });

  it('ends FAILED with the error of what failed beside its steps, in whatever step it is', async () => {
    const { execute, listSteps } = await scriptRun('TRANSFORM');
    const lost = new GroovelakeError('RUN_STATE', 'the right to publish was lost', { isRetryable: true });
    const ended = await execute({
      bronze: ({ scope, clock }) => {
        clock.after(10, () => scope.abort(lost));
        return {};
      },
      silver: untilAborted,
    });
    expect(ended).toMatchObject({ status: 'FAILED', error: { code: 'RUN_STATE', message: lost.message } });
    expect(await listSteps()).toContain('silver FAILED');
  });

  it('stops by itself when the store cannot be reached until the lease is over', async () => {
    const { begin, runs, clock, config } = await scriptRun('CRAWL');
    const down = () => Promise.reject(new Error('unreachable'));
    const execution = begin({ crawl: untilAborted }, { runs: { ...runs, heartbeat: down, findRun: down } });
    let isOver = false;
    void execution.then(() => {
      isOver = true;
    });
    await clock.advance(config.leaseMs - 1_000);
    expect(isOver).toBe(false);
    await clock.advance(2_000);
    expect(await execution).toBeNull();
  });
});

describe('executeRun(run, parts): progress', () => {
  it('is written at most four times a second, and the last of it always', async () => {
    const { begin, runs, run, clock } = await scriptRun('CRAWL');
    let writes = 0;
    const setProgress: typeof runs.setProgress = (claim, progress) => {
      writes++;
      return runs.setProgress(claim, progress);
    };
    const execution = begin(
      {
        crawl: async ({ progress, clock: time }) => {
          for (let n = 1; n <= 1_000; n++) {
            progress(n, 1_000, `artist ${n}`);
            await time.sleep(2);
          }
          return {};
        },
      },
      { runs: { ...runs, setProgress } },
    );
    await clock.advance(3_000);
    await execution;
    expect(writes).toBeLessThanOrEqual(10);
    expect((await runs.findRun(run.id))?.progress).toEqual({
      done: 1_000,
      total: 1_000,
      message: 'artist 1000',
    });
  });
});
