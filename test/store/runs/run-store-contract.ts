// What every adapter of the run store promises. An adapter's test calls describeRunStore with a way to open one: SQLite in sqlite.test.ts,
// MongoDB in test/servers/mongo/runs.test.ts (`.ci/servers/mongo.sh` once, then `npm run test:servers -- mongo`).
//
// A new method of the port needs both adapters before it compiles. What moves a run is a pure function in run-moves.ts and one line in
// sqlite-run-moves.ts and mongodb-run-moves.ts; a record of its own is a table in sqlite.ts, and in MongoDB one document under a natural
// _id, written whole through mongo.call, with its indexes in a new file of migrations/. Then a case here.
import { describe, expect, it } from 'vitest';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import {
  claimOf,
  type NewRun,
  type Run,
  type RunStatus,
  type RunStore,
  type Schedule,
} from '../../../src/store/runs/run-store.ts';

const T0 = Date.UTC(2026, 10, 20, 12);
const LEASE = 20_000;

const newRun = (change: Partial<NewRun> = {}): NewRun => ({
  pipeline: 'REFRESH',
  trigger: 'MUTATION',
  parameters: {},
  createdAt: T0,
  ...change,
});

/** @param open opens an empty store that is closed and removed when the test has finished */
export function describeRunStore(name: string, open: () => Promise<RunStore>): void {
  const create = async (runs: RunStore, change: Partial<NewRun> = {}): Promise<Run> => {
    const input = newRun(change);
    return (await runs.createRun(input, PIPELINE_STEPS[input.pipeline].steps)).run;
  };
  const claim = async (runs: RunStore, id: string, now = T0, worker = 'w1'): Promise<Run> => {
    const run = await runs.claimRun(id, { id: worker, now, leaseMs: LEASE });
    if (!run) throw new Error('the run could not be claimed');
    return run;
  };
  const start = async (runs: RunStore, change: Partial<NewRun> = {}) => {
    const run = await claim(runs, (await create(runs, change)).id);
    return { run, claim: claimOf(run) };
  };

  describe(`${name}: creating runs`, () => {
    it('creates a queued run with its steps pending and an event', async () => {
      const runs = await open();
      const run = await create(runs, { parameters: { top: 3 } });
      expect(run).toMatchObject({
        status: 'QUEUED',
        attempt: 1,
        fence: 0,
        parameters: { top: 3 },
        error: null,
      });
      const steps = await runs.listSteps([run.id]);
      expect(steps.map((step) => [step.position, step.name, step.status])).toEqual(
        PIPELINE_STEPS.REFRESH.steps.map((step, at) => [at, step, 'PENDING']),
      );
      expect(await runs.listEvents(run.id, { after: 0, first: 10 })).toMatchObject([
        { sequence: 1, type: 'run.queued', at: T0 },
      ]);
      expect(await runs.findRun(run.id)).toEqual(run);
    });

    it('answers the same idempotency key with the first run, even after it has ended', async () => {
      const runs = await open();
      const first = await create(runs, { idempotencyKey: 'k' });
      await runs.requestCancel(first.id, { at: T0 });
      const again = await runs.createRun(newRun({ idempotencyKey: 'k', parameters: { top: 9 } }), []);
      expect(again).toMatchObject({ wasCreated: false, isBusy: false, run: { id: first.id } });
    });

    it('answers equal parameters with the run under way, in whatever order the keys come', async () => {
      const runs = await open();
      const first = await create(runs, { parameters: { top: 1, market: 'DE' } });
      const again = await runs.createRun(newRun({ parameters: { market: 'DE', top: 1 } }), []);
      expect(again).toMatchObject({ wasCreated: false, run: { id: first.id } });
      const other = await runs.createRun(newRun({ parameters: { market: 'DE', top: 2 } }), []);
      expect(other.wasCreated).toBe(true);
      const elsewhere = await runs.createRun(newRun({ pipeline: 'CRAWL', parameters: first.parameters }), []);
      expect(elsewhere.wasCreated).toBe(true);
    });

    it('creates a new run of equal parameters once the first has ended', async () => {
      const runs = await open();
      const first = await create(runs);
      await runs.requestCancel(first.id, { at: T0 });
      expect((await runs.createRun(newRun(), [])).wasCreated).toBe(true);
    });

    it('keeps a run out while the pipeline is busy, as the overlap policy says', async () => {
      const runs = await open();
      const first = await create(runs);
      const overlapping = (overlap: 'SKIP' | 'QUEUE_ONE', top: number) =>
        runs.createRun(newRun({ overlap, parameters: { top } }), []);
      expect(await overlapping('QUEUE_ONE', 1)).toMatchObject({ isBusy: true, run: { id: first.id } });
      await claim(runs, first.id);
      expect(await overlapping('SKIP', 1)).toMatchObject({ isBusy: true, run: { id: first.id } });
      const queued = await overlapping('QUEUE_ONE', 1);
      expect(queued).toMatchObject({ isBusy: false, wasCreated: true });
      expect(await overlapping('QUEUE_ONE', 2)).toMatchObject({ isBusy: true, run: { id: queued.run.id } });
      expect(await overlapping('SKIP', 2)).toMatchObject({ isBusy: true, run: { id: first.id } });
    });
  });

  describe(`${name}: creating runs of a schedule`, () => {
    const scheduled = (runs: RunStore, hour: number, overlap: 'SKIP' | 'QUEUE_ONE' = 'QUEUE_ONE') =>
      runs.createRun(
        newRun({ trigger: 'SCHEDULE', idempotencyKey: `due at ${hour}`, overlap, createdAt: T0 + hour }),
        ['crawl'],
      );

    it('lets one run wait behind one of equal parameters that has begun, and no second', async () => {
      const runs = await open();
      const { run: first } = await scheduled(runs, 11);
      await claim(runs, first.id);
      const second = await scheduled(runs, 12);
      expect(second).toMatchObject({ wasCreated: true, run: { status: 'QUEUED' } });
      expect(await scheduled(runs, 13)).toMatchObject({ wasCreated: false, run: { id: second.run.id } });
      expect(await scheduled(runs, 12)).toMatchObject({ wasCreated: false, run: { id: second.run.id } });
      // What an operator asks for by hand is the work under way.
      expect(await runs.createRun(newRun(), [])).toMatchObject({ wasCreated: false, run: { id: first.id } });
      await runs.finishRun({ runId: first.id, fence: 1 }, { status: 'SUCCEEDED', at: T0 + 1 });
      await claim(runs, second.run.id);
      expect(await scheduled(runs, 11)).toMatchObject({ wasCreated: false, run: { id: first.id } });
      expect((await scheduled(runs, 14)).wasCreated).toBe(true);
      expect(await runs.countRuns()).toBe(3);
    });

    it('lets none wait under SKIP', async () => {
      const runs = await open();
      const { run: first } = await scheduled(runs, 11, 'SKIP');
      await claim(runs, first.id);
      expect(await scheduled(runs, 12, 'SKIP')).toMatchObject({ wasCreated: false, run: { id: first.id } });
      expect(await runs.countRuns()).toBe(1);
    });

    it('takes a parked run of equal parameters for the one that waits', async () => {
      const runs = await open();
      const { run: first } = await scheduled(runs, 11);
      await claim(runs, first.id);
      const resumesAt = T0 + 9 * LEASE;
      await runs.finishRun({ runId: first.id, fence: 1 }, { status: 'WAITING', at: T0, resumesAt });
      expect(await scheduled(runs, 12)).toMatchObject({ wasCreated: false, run: { id: first.id } });
    });

    it('creates one of several at the same instant', async () => {
      const runs = await open();
      await claim(runs, (await scheduled(runs, 11)).run.id);
      const outcomes = await Promise.all([12, 12, 13, 13, 12].map((hour) => scheduled(runs, hour)));
      expect(outcomes.filter(({ wasCreated }) => wasCreated)).toHaveLength(1);
      expect(new Set(outcomes.map(({ run }) => run.id)).size).toBe(1);
      expect(await runs.countRuns()).toBe(2);
    });
  });

  describe(`${name}: listing runs`, () => {
    it('pages newest first, without gap or repetition among equal times', async () => {
      const runs = await open();
      const created: Run[] = [];
      for (let n = 0; n < 7; n++) {
        created.push(await create(runs, { createdAt: T0 + Math.floor(n / 3), parameters: { top: n + 1 } }));
      }
      const seen: Run[] = [];
      let after: string | undefined;
      for (let hasMore = true; hasMore; ) {
        const page = await runs.listRuns({ first: 2, after });
        seen.push(...page.runs);
        after = page.runs.at(-1)?.id;
        hasMore = page.hasMore;
      }
      const expected = [...created].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
      expect(seen.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      expect((await runs.findLastRun('REFRESH'))?.id).toBe(expected[0]?.id);
      expect(await runs.findLastRun('IMPORT')).toBeNull();
    });

    it('filters by pipeline, status and time, and counts alike', async () => {
      const runs = await open();
      await create(runs, { pipeline: 'CRAWL', createdAt: T0 });
      const refresh = await create(runs, { pipeline: 'REFRESH', createdAt: T0 + 10 });
      await claim(runs, refresh.id);
      const ids = async (filter: Parameters<RunStore['countRuns']>[0] & object) => {
        const { runs: found } = await runs.listRuns({ filter, first: 10 });
        expect(await runs.countRuns(filter)).toBe(found.length);
        return found.map((run) => run.pipeline);
      };
      expect(await ids({})).toEqual(['REFRESH', 'CRAWL']);
      expect(await ids({ pipelines: ['CRAWL'] })).toEqual(['CRAWL']);
      expect(await ids({ statuses: ['RUNNING'] })).toEqual(['REFRESH']);
      expect(await ids({ statuses: [] })).toEqual([]);
      await create(runs, { pipeline: 'IMPORT', trigger: 'CLI', createdAt: T0 - 5 });
      expect(await ids({ triggers: ['CLI'] })).toEqual(['IMPORT']);
      expect(await ids({ triggers: ['MUTATION', 'BOOT'], createdBefore: T0 + 10 })).toEqual(['CRAWL']);
      expect(await ids({ triggers: [] })).toEqual([]);
      expect(await ids({ ids: [refresh.id, 'unknown'] })).toEqual(['REFRESH']);
      expect(await ids({ ids: [] })).toEqual([]);
      expect(await ids({ createdAfter: T0 })).toEqual(['REFRESH']);
      expect(await ids({ createdBefore: T0 + 10 })).toEqual(['CRAWL', 'IMPORT']);
      expect(await ids({ endedSince: 0 })).toEqual([]);
      await runs.finishRun({ runId: refresh.id, fence: 1 }, { status: 'SUCCEEDED', at: T0 + 30 });
      expect(await ids({ endedSince: T0 + 30 })).toEqual(['REFRESH']);
      expect(await ids({ endedSince: T0 + 31 })).toEqual([]);
    });

    it('finds the run of a pipeline that ended last, however early it was created', async () => {
      const runs = await open();
      const end = async (id: string, status: 'FAILED' | 'SUCCEEDED', at: number) => {
        const { fence } = await claim(runs, id, at);
        await runs.finishRun({ runId: id, fence }, { status, at });
      };
      const find = async (now: number, statuses: readonly RunStatus[] = ['FAILED', 'SUCCEEDED']) =>
        (await runs.findLastEnded('REFRESH', { statuses, now }))?.id;
      const first = (await create(runs, { parameters: { top: 1 } })).id;
      const second = (await create(runs, { parameters: { top: 2 }, createdAt: T0 + 1 })).id;
      expect(await find(T0 + 10)).toBeUndefined();
      await end(first, 'FAILED', T0 + 10);
      await end(second, 'SUCCEEDED', T0 + 20);
      expect(await find(T0 + 30)).toBe(second);
      await runs.requeueRun(first, { at: T0 + 30, keepFinishedSteps: true });
      await end(first, 'FAILED', T0 + 40);
      expect([await find(T0 + 40), await find(T0 + 40, ['SUCCEEDED'])]).toEqual([first, second]);
      expect(await runs.findLastEnded('CRAWL', { statuses: ['FAILED'], now: T0 + 40 })).toBeNull();
      // What ended while the clock was ahead came before what ended since; there being nothing else, it is the last.
      const ahead = (await create(runs, { parameters: { top: 3 }, createdAt: T0 + 2 })).id;
      await end(ahead, 'FAILED', T0 + 9e9);
      expect([await find(T0 + 50), await find(T0 + 9e9)]).toEqual([first, ahead]);
      const alone = (await create(runs, { pipeline: 'IMPORT', createdAt: T0 + 3 })).id;
      await end(alone, 'FAILED', T0 + 9e9);
      expect(await runs.findLastEnded('IMPORT', { statuses: ['FAILED'], now: T0 })).toMatchObject({
        id: alone,
      });
    });

    it('counts runs by pipeline and status', async () => {
      const runs = await open();
      expect(await runs.countRunsByStatus()).toEqual([]);
      await create(runs, { parameters: { top: 1 } });
      await create(runs, { parameters: { top: 2 } });
      const { run } = await start(runs, { pipeline: 'CRAWL' });
      await runs.crashRun({ runId: run.id, fence: 1 }, { at: T0, message: 'x' });
      await create(runs, { pipeline: 'CRAWL' });
      expect(await runs.countRunsByStatus()).toEqual([
        { pipeline: 'CRAWL', status: 'CRASHED', runs: 1 },
        { pipeline: 'CRAWL', status: 'QUEUED', runs: 1 },
        { pipeline: 'REFRESH', status: 'QUEUED', runs: 2 },
      ]);
    });

    it('totals runs per UTC day, pipeline and status, with the time they took', async () => {
      const runs = await open();
      const midnight = Date.UTC(2026, 10, 21);
      for (const [top, createdAt] of [
        [1, midnight - 1],
        [2, midnight],
        [3, midnight + 5],
      ] as const) {
        const { id } = await create(runs, { createdAt, parameters: { top } });
        const { fence } = await claim(runs, id, createdAt + 10);
        const status = top === 3 ? 'FAILED' : 'SUCCEEDED';
        await runs.finishRun({ runId: id, fence }, { status, at: createdAt + 10 + top * 100 });
      }
      await create(runs, { pipeline: 'CRAWL', createdAt: midnight });
      const total = (day: number, pipeline: string, status: string, durationMs: number) => ({
        day: `2026-11-${day}`,
        pipeline,
        status,
        runs: 1,
        durationMs,
      });
      expect(await runs.totalRunsByDay()).toEqual([
        total(21, 'CRAWL', 'QUEUED', 0),
        total(21, 'REFRESH', 'FAILED', 300),
        total(21, 'REFRESH', 'SUCCEEDED', 200),
        total(20, 'REFRESH', 'SUCCEEDED', 100),
      ]);
      expect(await runs.totalRunsByDay({ createdBefore: midnight })).toEqual([
        total(20, 'REFRESH', 'SUCCEEDED', 100),
      ]);
    });
  });

  describe(`${name}: claims, leases and fences`, () => {
    it('gives a queued run to one of two claimers', async () => {
      const runs = await open();
      const { id } = await create(runs);
      const worker = (name: string) => ({ id: name, now: T0, leaseMs: LEASE });
      const claims = await Promise.all([runs.claimRun(id, worker('a')), runs.claimRun(id, worker('b'))]);
      expect(claims.filter(Boolean)).toMatchObject([
        { status: 'RUNNING', fence: 1, leaseUntil: T0 + LEASE, startedAt: T0 },
      ]);
    });

    it('gives out no run while another of its pipeline is under way', async () => {
      const runs = await open();
      const first = await create(runs);
      const second = await create(runs, { parameters: { top: 1 } });
      const other = await create(runs, { pipeline: 'CRAWL' });
      expect((await runs.listClaimable(T0)).map(({ id }) => id).sort()).toEqual(
        [first.id, second.id, other.id].sort(),
      );
      await claim(runs, first.id);
      expect((await runs.listClaimable(T0)).map(({ id }) => id)).toEqual([other.id]);
      expect(await runs.claimRun(second.id, { id: 'w2', now: T0, leaseMs: LEASE })).toBeNull();
    });

    it('gives out a parked run only when its time has come', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      await runs.finishRun(held, { status: 'WAITING', at: T0, resumesAt: T0 + 1_000 });
      expect(await runs.listClaimable(T0 + 999)).toEqual([]);
      expect(await runs.claimRun(run.id, { id: 'w', now: T0 + 999, leaseMs: LEASE })).toBeNull();
      expect(await runs.listClaimable(T0 + 1_000)).toHaveLength(1);
      expect(await claim(runs, run.id, T0 + 1_000)).toMatchObject({ fence: 2, resumesAt: null, attempt: 1 });
    });

    it('gives out at once what was parked while the clock was ahead, once that is set right', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      const year = 365 * 86_400_000;
      await runs.finishRun(held, { status: 'WAITING', at: T0 + year, resumesAt: T0 + year + 60_000 });
      expect(await runs.listClaimable(T0 + year)).toEqual([]);
      expect(await runs.listClaimable(T0)).toMatchObject([{ id: run.id, parkedAt: T0 + year }]);
      expect(await claim(runs, run.id, T0)).not.toHaveProperty('parkedAt');
    });

    it('keeps whether a run ends with the command of its worker, until another takes it', async () => {
      const runs = await open();
      const { id } = await create(runs);
      const worker = { id: 'w', now: T0, leaseMs: LEASE };
      expect(await runs.claimRun(id, { ...worker, endsWithCommand: true })).toMatchObject({
        endsWithCommand: true,
      });
      await runs.finishRun({ runId: id, fence: 1 }, { status: 'WAITING', at: T0, resumesAt: T0 });
      expect(await runs.findRun(id)).toMatchObject({ endsWithCommand: true });
      await runs.claimRun(id, worker);
      expect(await runs.findRun(id)).not.toHaveProperty('endsWithCommand');
    });

    it('extends the lease by heartbeats, and tells them of a cancel', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      const beat = { now: T0 + 5_000, leaseMs: LEASE };
      expect(await runs.heartbeat(held, beat)).toEqual({ cancelRequested: false, cancelReason: null });
      expect((await runs.findRun(run.id))?.leaseUntil).toBe(T0 + 25_000);
      await runs.requestCancel(run.id, { at: T0 + 6_000, reason: 'enough' });
      expect(await runs.heartbeat(held, beat)).toEqual({ cancelRequested: true, cancelReason: 'enough' });
    });

    it('crashes what is under way when its lease is over, and refuses the late worker everything', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      await runs.updateStep(held, { name: 'crawl', status: 'RUNNING' });
      expect(await runs.crashExpired(T0 + LEASE - 1)).toEqual([]);
      expect(await runs.crashExpired(T0 + LEASE, () => true)).toEqual([]);
      expect(await runs.crashExpired(T0 + LEASE)).toMatchObject([
        {
          id: run.id,
          status: 'CRASHED',
          fence: 2,
          error: { code: 'CRASHED', step: 'crawl' },
          workerId: null,
        },
      ]);
      const refused = expect.objectContaining({ code: 'FENCED' });
      await expect(runs.heartbeat(held, { now: T0, leaseMs: LEASE })).rejects.toEqual(refused);
      await expect(runs.setProgress(held, { done: 1, total: 1, message: '' })).rejects.toEqual(refused);
      await expect(runs.setCheckpoint(held, {})).rejects.toEqual(refused);
      await expect(runs.updateStep(held, { name: 'crawl', rowsIn: 1 })).rejects.toEqual(refused);
      await expect(runs.finishRun(held, { status: 'SUCCEEDED', at: T0 })).rejects.toEqual(refused);
      expect(await runs.crashRun(held, { at: T0, message: 'again' })).toBeNull();
    });

    it('cancels what is being cancelled when its lease is over or its process dead, and refuses the late worker', async () => {
      const runs = await open();
      const expired = await start(runs);
      await runs.requestCancel(expired.run.id, { at: T0 + 1, reason: 'enough' });
      const ended = { status: 'CANCELLED', fence: 2, error: null, cancelReason: 'enough', workerId: null };
      expect(await runs.crashExpired(T0 + LEASE)).toMatchObject([{ id: expired.run.id, ...ended }]);
      const dead = await start(runs);
      await runs.requestCancel(dead.run.id, { at: T0 + 1, reason: 'enough' });
      expect(await runs.crashRun(dead.claim, { at: T0 + 2, message: 'gone' })).toMatchObject(ended);
      for (const { claim: held } of [expired, dead])
        await expect(runs.setCheckpoint(held, {})).rejects.toMatchObject({ code: 'FENCED' });
    });

    it('crashes a run whose lease lies beyond any lease, as a clock set back leaves it', async () => {
      const runs = await open();
      const run = await create(runs);
      await claim(runs, run.id, T0 + 3_600_000);
      expect(await runs.crashExpired(T0)).toMatchObject([{ id: run.id, status: 'CRASHED' }]);
    });

    it('refuses an old fence while a newer claim is under way', async () => {
      const runs = await open();
      const { run, claim: old } = await start(runs);
      await runs.crashExpired(T0 + LEASE);
      await runs.requeueRun(run.id, { at: T0 + LEASE, keepFinishedSteps: true });
      const now = await claim(runs, run.id, T0 + LEASE, 'w2');
      expect(now).toMatchObject({ fence: 3, attempt: 2, trigger: 'RETRY' });
      await expect(runs.heartbeat(old, { now: T0, leaseMs: LEASE })).rejects.toThrow(
        /holds fence 1 and must stop/,
      );
    });

    it('counts crashes until somebody asks for the run again', async () => {
      const runs = await open();
      const { id } = await create(runs);
      const crash = async () => {
        const { fence } = await claim(runs, id);
        return runs.crashRun({ runId: id, fence }, { at: T0, message: 'gone' });
      };
      const again = { at: T0, keepFinishedSteps: true };
      expect(await crash()).toMatchObject({ crashes: 1 });
      await runs.requeueRun(id, { ...again, isByItself: true });
      expect(await crash()).toMatchObject({ crashes: 2 });
      expect(await runs.requeueRun(id, again)).not.toHaveProperty('crashes');
      expect(await crash()).toMatchObject({ crashes: 1, attempt: 3 });
    });

    it('crashes one run at once when its process is known to be dead', async () => {
      const runs = await open();
      const { claim: held } = await start(runs);
      expect(await runs.crashRun(held, { at: T0 + 1, message: 'gone' })).toMatchObject({
        status: 'CRASHED',
        endedAt: T0 + 1,
        error: { message: 'gone' },
      });
    });
  });

  describe(`${name}: ends, cancels and retries`, () => {
    it('ends a run with its snapshot, and closes nothing twice', async () => {
      const runs = await open();
      const { claim: held } = await start(runs);
      expect(await runs.finishRun(held, { status: 'SUCCEEDED', at: T0 + 9, snapshotId: 's1' })).toMatchObject(
        {
          status: 'SUCCEEDED',
          endedAt: T0 + 9,
          snapshotId: 's1',
          leaseUntil: null,
          workerId: null,
        },
      );
      await expect(runs.finishRun(held, { status: 'FAILED', at: T0 })).rejects.toThrow(/SUCCEEDED/);
    });

    it('closes the step under way with its run', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      await runs.updateStep(held, { name: 'crawl', status: 'RUNNING' });
      await runs.finishRun(held, { status: 'WAITING', at: T0, resumesAt: T0 + 5 });
      expect((await runs.listSteps([run.id]))[0]).toMatchObject({ status: 'WAITING' });
      await runs.requestCancel(run.id, { at: T0 });
      expect((await runs.listSteps([run.id]))[0]).toMatchObject({ status: 'CANCELLED' });
    });

    it('cancels a queued or parked run at once, and a running one through CANCELLING', async () => {
      const runs = await open();
      const queued = await create(runs);
      expect(await runs.requestCancel(queued.id, { at: T0, reason: 'no' })).toMatchObject({
        status: 'CANCELLED',
        cancelReason: 'no',
      });
      expect(await runs.requestCancel(queued.id, { at: T0 })).toBeNull();
      expect(await runs.requestCancel('unknown', { at: T0 })).toBeNull();
      const { run, claim: held } = await start(runs);
      expect(await runs.requestCancel(run.id, { at: T0 })).toMatchObject({ status: 'CANCELLING' });
      expect(await runs.requestCancel(run.id, { at: T0 + 5 })).toMatchObject({ cancelRequestedAt: T0 });
      await expect(runs.finishRun(held, { status: 'WAITING', at: T0, resumesAt: T0 })).rejects.toEqual(
        expect.objectContaining({ code: 'RUN_STATE' }),
      );
      expect(await runs.finishRun(held, { status: 'CANCELLED', at: T0 })).toMatchObject({
        status: 'CANCELLED',
      });
    });

    it('queues an ended run again: from its failure with what is finished, or from the start', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      await runs.updateStep(held, { name: 'crawl', status: 'RUNNING', attempt: 1 });
      await runs.updateStep(held, { name: 'crawl', status: 'SUCCEEDED', rowsOut: 5 });
      await runs.updateStep(held, { name: 'bronze', status: 'RUNNING', attempt: 1 });
      await runs.setCheckpoint(held, { at: 3 });
      const error = { code: 'X', message: 'x', isRetryable: false, step: 'bronze', hint: null };
      await runs.finishRun(held, { status: 'FAILED', at: T0, error });
      expect((await runs.listSteps([run.id])).map((s) => s.status).slice(0, 2)).toEqual([
        'SUCCEEDED',
        'FAILED',
      ]);
      expect(await runs.requeueRun(run.id, { at: T0, keepFinishedSteps: true })).toMatchObject({
        status: 'QUEUED',
        attempt: 2,
        error: null,
        endedAt: null,
        checkpoint: { at: 3 },
      });
      expect((await runs.listSteps([run.id])).slice(0, 2)).toMatchObject([
        { status: 'SUCCEEDED', rowsOut: 5 },
        { status: 'PENDING', attempt: 1 },
      ]);
      expect(await runs.requeueRun(run.id, { at: T0, keepFinishedSteps: true })).toBeNull();
      await runs.requestCancel(run.id, { at: T0 });
      expect(await runs.requeueRun(run.id, { at: T0, keepFinishedSteps: false })).toMatchObject({
        attempt: 3,
        checkpoint: null,
        cancelRequestedAt: null,
      });
      expect((await runs.listSteps([run.id]))[0]).toMatchObject({ status: 'PENDING', rowsOut: null });
    });

    it('keeps by which lease a run is reserved, until it is queued again', async () => {
      const runs = await open();
      const { id } = await create(runs, { reservedBy: 'command 1' });
      expect(await runs.listClaimable(T0)).toMatchObject([{ id, reservedBy: 'command 1' }]);
      await runs.requestCancel(id, { at: T0 });
      expect(await runs.requeueRun(id, { at: T0, keepFinishedSteps: true })).not.toHaveProperty('reservedBy');
    });

    it('does not queue a run again that has nothing left to do, or is unknown', async () => {
      const runs = await open();
      const { run, claim: held } = await start(runs);
      await runs.finishRun(held, { status: 'SUCCEEDED', at: T0 });
      expect(await runs.requeueRun(run.id, { at: T0, keepFinishedSteps: false })).toBeNull();
      expect(await runs.requeueRun('unknown', { at: T0, keepFinishedSteps: false })).toBeNull();
    });

    it('refuses an illegal move of a step', async () => {
      const runs = await open();
      const { claim: held } = await start(runs);
      await expect(runs.updateStep(held, { name: 'crawl', status: 'SUCCEEDED' })).rejects.toEqual(
        expect.objectContaining({ code: 'RUN_STATE' }),
      );
    });
  });

  describe(`${name}: events`, () => {
    it('numbers events per run and reads them by cursor', async () => {
      const runs = await open();
      const { id } = await create(runs);
      const event = (message: string) => ({
        at: T0,
        level: 'INFO' as const,
        type: 'log',
        step: null,
        message,
        data: { n: 1 },
      });
      await Promise.all(['a', 'b', 'c'].map((message) => runs.appendEvent(id, event(message))));
      const page = await runs.listEvents(id, { after: 1, first: 2 });
      expect(page.map(({ sequence, message }) => [sequence, message])).toEqual([
        [2, 'a'],
        [3, 'b'],
      ]);
      expect(await runs.listEvents(id, { after: 4, first: 2 })).toEqual([]);
      expect(await runs.countEvents(id)).toBe(4);
      expect(new Set((await runs.listEvents(id, { after: 0, first: 9 })).map((e) => e.id)).size).toBe(4);
    });
  });

  describe(`${name}: schedules and ticks`, () => {
    const schedule: Schedule = {
      pipeline: 'REFRESH',
      cron: '0 5 * * *',
      timeZone: 'UTC',
      isEnabled: true,
      missedTicks: 'ONCE',
      overlap: 'QUEUE_ONE',
      jitterSeconds: 30,
      nextDueAt: T0,
      parameters: { top: 1 },
      origin: 'config',
      updatedAt: T0,
      reason: null,
    };

    it('advances a schedule for one of two schedulers', async () => {
      const runs = await open();
      expect(await runs.findSchedule('REFRESH')).toBeNull();
      await runs.saveSchedule(schedule);
      expect(await runs.advanceSchedule('REFRESH', T0, T0 + 1)).toBe(true);
      expect(await runs.advanceSchedule('REFRESH', T0, T0 + 1)).toBe(false);
      expect(await runs.findSchedule('REFRESH')).toEqual({ ...schedule, nextDueAt: T0 + 1 });
      expect(await runs.advanceSchedule('REFRESH', T0 + 1, null)).toBe(true);
      expect(await runs.advanceSchedule('REFRESH', null, T0 + 2)).toBe(true);
      expect(await runs.advanceSchedule('CRAWL', null, T0)).toBe(false);
    });

    it('keeps one tick per due instant, newest first; one that started a run stays so', async () => {
      const runs = await open();
      const tick = (dueAt: number, outcome: 'STARTED' | 'SKIPPED' | 'MISSED') =>
        runs.recordTick({ pipeline: 'REFRESH', dueAt, outcome, reason: null, runId: null });
      await tick(T0, 'STARTED');
      await tick(T0, 'MISSED');
      await tick(T0 + 1, 'MISSED');
      await tick(T0 + 1, 'STARTED');
      await tick(T0 + 2, 'SKIPPED');
      const ticks = await runs.listTicks('REFRESH', 10);
      expect(ticks.map(({ dueAt, outcome }) => [dueAt - T0, outcome])).toEqual([
        [2, 'SKIPPED'],
        [1, 'STARTED'],
        [0, 'STARTED'],
      ]);
      expect(await runs.listTicks('REFRESH', 1)).toHaveLength(1);
      expect(await runs.listTicks('CRAWL', 1)).toEqual([]);
    });
  });

  describe(`${name}: history`, () => {
    it('forgets events of runs that ended long ago and old ticks, and keeps all else', async () => {
      const runs = await open();
      const ended = await create(runs, { parameters: { top: 1 } });
      await runs.requestCancel(ended.id, { at: T0 });
      const late = await create(runs, { parameters: { top: 2 } });
      await runs.requestCancel(late.id, { at: T0 + 50 });
      const queued = await create(runs, { parameters: { top: 3 } });
      for (const dueAt of [T0, T0 + 50]) {
        await runs.recordTick({ pipeline: 'REFRESH', dueAt, outcome: 'MISSED', reason: null, runId: null });
      }
      expect(await runs.removeHistory(T0 + 50)).toEqual({ events: 1, ticks: 1 });
      expect(await runs.listEvents(ended.id, { after: 0, first: 9 })).toMatchObject([{ sequence: 2 }]);
      expect(await runs.countEvents(late.id)).toBe(2);
      expect(await runs.countEvents(queued.id)).toBe(1);
      expect(await runs.countRuns()).toBe(3);
      expect((await runs.listTicks('REFRESH', 9)).map(({ dueAt }) => dueAt)).toEqual([T0 + 50]);
      expect(await runs.removeHistory(T0 + 50)).toEqual({ events: 0, ticks: 0 });
    });
  });

  describe(`${name}: redacting runs`, () => {
    it('takes out what an ended run says in words and whom it was about, and leaves counts, times and other runs', async () => {
      const runs = await open();
      const exports = ['/home/anna/spotify.zip'];
      const account = 'aaaaaaaaaaaa';
      const change = {
        pipeline: 'HISTORY',
        parameters: { account, exports },
        idempotencyKey: 'anna',
      } as const;
      const { run, claim: held } = await start(runs, change);
      const error = {
        code: 'EXTRACT',
        message: 'spotify.zip',
        isRetryable: false,
        step: 'plays',
        hint: 'anna',
      };
      await runs.updateStep(held, { name: 'plays', status: 'RUNNING' });
      await runs.setProgress(held, { done: 1, total: 2, message: 'spotify.zip' });
      await runs.setCheckpoint(held, { path: 'spotify.zip' });
      await runs.appendEvent(run.id, {
        at: T0,
        level: 'INFO',
        type: 'log',
        step: 'plays',
        message: 'spotify.zip',
        data: null,
      });
      expect(await runs.redactRuns([run.id], T0)).toBe(0);
      await runs.updateStep(held, { name: 'plays', status: 'FAILED', rowsIn: 7, error });
      await runs.finishRun(held, { status: 'FAILED', at: T0 + 5, error });
      const other = await create(runs, { parameters: { top: 1 } });
      const before = await runs.countEvents(run.id);

      expect(await runs.redactRuns([run.id, 'unknown'], T0 + 9)).toBe(1);

      const after = await runs.findRun(run.id);
      expect(after).toMatchObject({
        status: 'FAILED',
        endedAt: T0 + 5,
        parameters: { forgotten: true },
        error: { code: 'EXTRACT', message: 'removed', hint: null },
        checkpoint: null,
        idempotencyKey: null,
      });
      const steps = await runs.listSteps([run.id]);
      expect(steps[0]).toMatchObject({ rowsIn: 7, error: { code: 'EXTRACT' } });
      const events = await runs.listEvents(run.id, { after: 0, first: 99 });
      expect(events).toMatchObject([{ type: 'run.redacted', sequence: before + 1 }]);
      expect(JSON.stringify([after, steps, events])).not.toMatch(/spotify\.zip|anna|aaaaaaaaaaaa/);
      expect(await runs.findRun(other.id)).toEqual(other);
      // Nobody knows any more what it would do.
      expect(await runs.requeueRun(run.id, { at: T0 + 10, keepFinishedSteps: true })).toBeNull();
      const again = await runs.createRun(newRun({ ...change, parameters: { account } }), []);
      expect(again.wasCreated).toBe(true);
    });
  });

  describe(`${name}: runs that say a text`, () => {
    it('are those in whose parameters, steps, progress or events it stands', async () => {
      const runs = await open();
      const said = 'aaaaaaaaaaaa';
      const about = (parameters: Record<string, unknown>) =>
        create(runs, { pipeline: 'HISTORY', parameters });
      const named = await about({ account: said });
      const { run: failed, claim: held } = await start(runs, { pipeline: 'HISTORY', parameters: { n: 1 } });
      const error = { code: 'EXTRACT', message: `of "${said}"`, isRetryable: false, step: null, hint: null };
      await runs.updateStep(held, { name: 'plays', status: 'RUNNING' });
      await runs.updateStep(held, { name: 'plays', status: 'FAILED', error });
      const event = { at: T0, level: 'INFO', type: 'log', step: null } as const;
      const told = await about({ n: 2 });
      await runs.appendEvent(told.id, { ...event, message: `Account ${said}: x`, data: null });
      const noted = await about({ n: 3 });
      await runs.appendEvent(noted.id, { ...event, message: '', data: { account: said } });
      const other = await about({ account: 'bbbbbbbbbbbb' });
      await runs.appendEvent(other.id, { ...event, message: 'Account bbbbbbbbbbbb: x', data: null });
      const found = [named, failed, told, noted].map(({ id }) => id).sort();
      expect(await runs.listRunsSaying(said)).toEqual(found);
      expect(await runs.listRunsSaying('cccccccccccc')).toEqual([]);
    });
  });

  describe(`${name}: events by level`, () => {
    it('lists and counts those of some levels, the earliest or the latest, oldest first', async () => {
      const runs = await open();
      const { id } = await create(runs);
      for (const level of ['INFO', 'ERROR', 'WARN', 'ERROR', 'INFO', 'ERROR'] as const)
        await runs.appendEvent(id, { at: T0, level, type: 'log', step: null, message: level, data: null });
      const list = async (page: Partial<Parameters<RunStore['listEvents']>[1]>) =>
        (await runs.listEvents(id, { after: 0, first: 2, ...page })).map(({ sequence }) => sequence);
      expect(await list({ isLatest: true })).toEqual([6, 7]);
      expect(await list({ levels: ['ERROR'] })).toEqual([3, 5]);
      expect(await list({ levels: ['ERROR'], isLatest: true })).toEqual([5, 7]);
      expect(await list({ levels: ['ERROR', 'WARN'], after: 3, first: 9 })).toEqual([4, 5, 7]);
      expect(await list({ levels: ['WARN'], isLatest: true, after: 4 })).toEqual([]);
      expect(await list({ levels: [] })).toEqual([]);
      expect([await runs.countEvents(id), await runs.countEvents(id, ['ERROR'])]).toEqual([7, 3]);
    });
  });

  describe(`${name}: named leases`, () => {
    it('are forgotten with their fences, whoever holds them, and no other', async () => {
      const runs = await open();
      const acquire = (lease: string, holder: string) => runs.acquireLease(lease, holder, T0, 1_000);
      for (const lease of ['one', 'two', 'three']) await acquire(lease, 'a');
      await runs.removeLeases(['one', 'three', 'unknown']);
      expect([await acquire('one', 'b'), await acquire('two', 'b'), await acquire('three', 'b')]).toEqual([
        { fence: 1 },
        null,
        { fence: 1 },
      ]);
      await runs.releaseLease('one', 'a');
    });

    it('are held by one at a time, with a fence that grows with every change of holder', async () => {
      const runs = await open();
      const acquire = (holder: string, now: number) => runs.acquireLease('publish', holder, now, 1_000);
      expect(await acquire('a', T0)).toEqual({ fence: 1 });
      expect(await acquire('b', T0 + 999)).toBeNull();
      expect(await acquire('a', T0 + 900)).toEqual({ fence: 1 });
      expect(await acquire('b', T0 + 1_900)).toEqual({ fence: 2 });
      await runs.releaseLease('publish', 'a');
      expect(await acquire('a', T0 + 1_901)).toBeNull();
      await runs.releaseLease('publish', 'b');
      expect(await acquire('a', T0 + 1_902)).toEqual({ fence: 3 });
    });

    it('say who holds them, as long as they are held', async () => {
      const runs = await open();
      const find = (now: number) => runs.findLease('publish', now);
      expect(await find(T0)).toBeNull();
      await runs.acquireLease('publish', 'a', T0, 1_000);
      expect([await find(T0), await find(T0 + 999)]).toEqual([{ holder: 'a' }, { holder: 'a' }]);
      expect([await find(T0 + 1_000), await find(T0 - 2 * 86_400_000)]).toEqual([null, null]);
      expect(await runs.findLease('other', T0)).toBeNull();
      await runs.releaseLease('publish', 'a');
      expect(await find(T0)).toBeNull();
    });
  });

  describe(`${name}: what sources remember`, () => {
    it('keeps any JSON value per source and key', async () => {
      const runs = await open();
      expect(await runs.getSourceState('spotify', 'x')).toBeUndefined();
      await runs.setSourceState('spotify', 'b', { until: 3 });
      await runs.setSourceState('spotify', 'a', [1]);
      await runs.setSourceState('spotify', 'a', null);
      await runs.setSourceState('kworb', 'a', 'other');
      expect(await runs.listSourceStates('spotify')).toEqual([
        { key: 'a', value: null },
        { key: 'b', value: { until: 3 } },
      ]);
    });
  });
}
