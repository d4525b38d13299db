import { describe, expect, it, onTestFinished } from 'vitest';
import { createNotifier, runTopic } from '../../../src/store/runs/notifier.ts';
import type { RunStore } from '../../../src/store/runs/run-store.ts';
import { changeSchedule } from '../../../src/store/runs/schedule.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { triggerRun, waitForRun } from '../../../src/store/runs/trigger.ts';
import { createVirtualClock, settle } from '../../fixtures/virtual-clock.ts';

function open(): { runs: RunStore; clock: ReturnType<typeof createVirtualClock> } {
  const runs = openSqliteRuns(':memory:');
  onTestFinished(() => runs.close());
  return { runs, clock: createVirtualClock() };
}

describe('triggerRun(runs, clock, request)', () => {
  it('queues a run with the steps of its pipeline', async () => {
    const { runs, clock } = open();
    const outcome = await triggerRun(runs, clock, {
      pipeline: 'CRAWL',
      trigger: 'CLI',
      parameters: { top: 2 },
    });
    expect(outcome).toMatchObject({
      kind: 'run',
      wasStarted: true,
      run: { status: 'QUEUED', trigger: 'CLI', createdAt: clock.now(), parameters: { top: 2 } },
    });
    expect((await runs.listSteps([outcome.run.id])).map(({ name }) => name)).toEqual(['crawl']);
  });

  it('dates a run behind those of a clock that ran ahead, so that the last one of its pipeline is the last', async () => {
    const { runs, clock } = open();
    const trigger = () => triggerRun(runs, clock, { pipeline: 'CRAWL', trigger: 'CLI' });
    clock.step(86_400_000);
    const ahead = (await trigger()).run;
    await runs.requestCancel(ahead.id, { at: clock.now() });
    clock.step(-86_400_000);
    const next = (await trigger()).run;
    expect((await runs.findLastRun('CRAWL'))?.id).toBe(next.id);
    expect((await runs.listRuns({ first: 9 })).runs.map(({ id }) => id)).toEqual([next.id, ahead.id]);
    expect(next).toMatchObject({ createdAt: ahead.createdAt + 1, queuedAt: clock.now() });
    expect((await runs.listEvents(next.id, { after: 0, first: 1 }))[0]?.at).toBe(clock.now());
  });

  it.each([
    ['IMPORT', { files: ['/etc/passwd'] }],
    ['HISTORY', { exports: ['/home/somebody/my_data.zip'] }],
  ] as const)('queues no run of %s that a mutation points at %j, lest a retry read it', async (pipeline, parameters) => {
    const { runs, clock } = open();
    await expect(triggerRun(runs, clock, { pipeline, trigger: 'MUTATION', parameters })).rejects.toThrow(
      /a name within the inbox of the data folder is expected/,
    );
    expect(await runs.countRuns()).toBe(0);
    expect((await triggerRun(runs, clock, { pipeline, trigger: 'CLI', parameters })).kind).toBe('run');
  });

  it('answers the same work with the same run', async () => {
    const { runs, clock } = open();
    const request = { pipeline: 'REFRESH', trigger: 'MUTATION', parameters: { top: 1 } } as const;
    const first = await triggerRun(runs, clock, request);
    expect(await triggerRun(runs, clock, request)).toMatchObject({
      kind: 'run',
      wasStarted: false,
      run: { id: first.run.id },
    });
  });

  it('answers the same idempotency key with its run, though the pipeline is busy', async () => {
    const { runs, clock } = open();
    const trigger = (top: number, idempotencyKey?: string) =>
      triggerRun(runs, clock, {
        pipeline: 'REFRESH',
        trigger: 'MUTATION',
        parameters: { top },
        idempotencyKey,
      });
    const first = await trigger(1, 'k');
    expect(await trigger(2)).toMatchObject({ kind: 'busy', run: { id: first.run.id } });
    expect(await trigger(3, 'k')).toMatchObject({
      kind: 'run',
      wasStarted: false,
      run: { id: first.run.id },
    });
  });

  it('lets one run queue behind a busy pipeline by default, and none under SKIP', async () => {
    const { runs, clock } = open();
    const trigger = (top: number) =>
      triggerRun(runs, clock, { pipeline: 'CRAWL', trigger: 'MUTATION', parameters: { top } });
    const first = await trigger(1);
    await runs.claimRun(first.run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    await changeSchedule(runs, { pipeline: 'CRAWL', cron: '0 5 * * *', overlap: 'SKIP' }, clock.now());
    expect(await trigger(2)).toMatchObject({ kind: 'busy', run: { id: first.run.id } });
    await changeSchedule(runs, { pipeline: 'CRAWL', overlap: 'QUEUE_ONE' }, clock.now());
    expect(await trigger(2)).toMatchObject({ kind: 'run', wasStarted: true });
    expect(await trigger(3)).toMatchObject({ kind: 'busy', run: { parameters: { top: 2 } } });
  });

  it('is not held up by a parked run', async () => {
    const { runs, clock } = open();
    const { run } = await triggerRun(runs, clock, {
      pipeline: 'CRAWL',
      trigger: 'CLI',
      parameters: { top: 1 },
    });
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const end = { status: 'WAITING', at: clock.now(), resumesAt: clock.now() + 72_000_000 } as const;
    await runs.finishRun({ runId: run.id, fence: claimed?.fence ?? 0 }, end);
    const request = { pipeline: 'CRAWL', trigger: 'CLI', parameters: { top: 2 } } as const;
    expect(await triggerRun(runs, clock, request)).toMatchObject({ kind: 'run', wasStarted: true });
  });

  it('refuses wrong parameters, keys that are empty or too long, and far files asked for by a mutation', async () => {
    const { runs, clock } = open();
    const refused = (field: string) => expect.objectContaining({ code: 'INVALID_INPUT', field });
    const trigger = (request: Partial<Parameters<typeof triggerRun>[2]>) =>
      triggerRun(runs, clock, { pipeline: 'IMPORT', trigger: 'MUTATION', ...request });
    await expect(trigger({})).rejects.toEqual(refused('files'));
    const parameters = { files: ['/etc/passwd'] };
    await expect(trigger({ parameters })).rejects.toEqual(refused('files'));
    await expect(trigger({ parameters: { files: ['a.csv'] }, idempotencyKey: '' })).rejects.toEqual(
      refused('idempotencyKey'),
    );
    await expect(
      trigger({ parameters: { files: ['a.csv'] }, idempotencyKey: 'k'.repeat(201) }),
    ).rejects.toThrow(/201 characters; 1 to 200 are expected/);
    expect(await trigger({ parameters, trigger: 'CLI' })).toMatchObject({ kind: 'run' });
    expect(await runs.countRuns()).toBe(1);
  });
});

describe('waitForRun(runs, id)', () => {
  const notifier = createNotifier();

  it('resolves when the run has ended, with the run as it ended', async () => {
    const { runs, clock } = open();
    const { run } = await triggerRun(runs, clock, { pipeline: 'CRAWL', trigger: 'CLI' });
    const waiting = waitForRun(runs, run.id, { timeoutMs: 60_000, clock, notifier });
    await clock.advance(5_000);
    await runs.requestCancel(run.id, { at: clock.now() });
    // Told at once in this process; a change by another process is seen within a second.
    notifier.notify(runTopic(run.id));
    expect(await waiting).toMatchObject({ status: 'CANCELLED' });
  });

  it('resolves with the run as it stands when the time is over, or the client has left', async () => {
    const { runs, clock } = open();
    const { run } = await triggerRun(runs, clock, { pipeline: 'CRAWL', trigger: 'CLI' });
    expect(await waitForRun(runs, run.id, { timeoutMs: 0, clock, notifier })).toMatchObject({
      status: 'QUEUED',
    });
    const waiting = waitForRun(runs, run.id, { timeoutMs: 1_000, clock, notifier });
    await clock.advance(1_100);
    expect(await waiting).toMatchObject({ status: 'QUEUED' });
    const leave = new AbortController();
    const left = waitForRun(runs, run.id, { timeoutMs: 1_000, clock, notifier, signal: leave.signal });
    await settle();
    leave.abort();
    expect(await left).toMatchObject({ status: 'QUEUED' });
  });

  it('resolves for a parked run, and with null for an unknown one', async () => {
    const { runs, clock } = open();
    const { run } = await triggerRun(runs, clock, { pipeline: 'CRAWL', trigger: 'CLI' });
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    await runs.finishRun(claim, { status: 'WAITING', at: clock.now(), resumesAt: clock.now() + 1e6 });
    expect(await waitForRun(runs, run.id, { timeoutMs: 60_000, clock, notifier })).toMatchObject({
      status: 'WAITING',
    });
    expect(await waitForRun(runs, 'unknown', { timeoutMs: 60_000, clock, notifier })).toBeNull();
  });
});
