// Drives a run store against a model of a few lines: sequences of up to 60 commands. An adapter's test calls describeRunStoreModel.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canMove } from '../../../src/store/runs/run-states.ts';
import {
  claimOf,
  hasEnded,
  type PipelineName,
  type RunStatus,
  type RunStore,
} from '../../../src/store/runs/run-store.ts';

const SEED = Number(process.env.GROOVELAKE_TEST_SEED ?? 20_261_120);
const LEASE = 20_000;

type Command =
  | {
      do: 'trigger';
      pipeline: PipelineName;
      top: number;
      overlap: 'SKIP' | 'QUEUE_ONE' | undefined;
      by: 'CLI' | 'SCHEDULE';
    }
  | { do: 'claim' | 'cancel' | 'crash'; run: number }
  | { do: 'requeue'; run: number; keep: boolean }
  | { do: 'heartbeat'; claim: number }
  | {
      do: 'finish';
      claim: number;
      status: 'SUCCEEDED' | 'PARTIAL' | 'SKIPPED' | 'FAILED' | 'WAITING' | 'TIMED_OUT';
    }
  | { do: 'pass'; ms: number }
  | { do: 'expire' };

interface ModelRun {
  readonly id: string;
  readonly pipeline: PipelineName;
  readonly top: number;
  status: RunStatus;
  fence: number;
  attempt: number;
  leaseUntil: number;
  resumesAt: number;
}

const index = fc.nat({ max: 7 });
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('trigger' as const),
    pipeline: fc.constantFrom<PipelineName>('REFRESH', 'TRANSFORM'),
    top: fc.nat({ max: 2 }),
    overlap: fc.constantFrom('SKIP' as const, 'QUEUE_ONE' as const, undefined),
    by: fc.constantFrom('CLI' as const, 'SCHEDULE' as const),
  }),
  fc.record({
    do: fc.constantFrom('claim' as const, 'claim' as const, 'cancel' as const, 'crash' as const),
    run: index,
  }),
  fc.record({ do: fc.constant('requeue' as const), run: index, keep: fc.boolean() }),
  fc.record({ do: fc.constant('heartbeat' as const), claim: index }),
  fc.record({
    do: fc.constant('finish' as const),
    claim: index,
    status: fc.constantFrom('SUCCEEDED', 'PARTIAL', 'SKIPPED', 'FAILED', 'WAITING', 'TIMED_OUT'),
  }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 5_000, 19_999, 20_000, 60_000) }),
  fc.record({ do: fc.constant('expire' as const) }),
);

class Model {
  readonly runs: ModelRun[] = [];
  readonly claims: { runId: string; fence: number }[] = [];
  now = 1_000;

  find = (id: string) => this.runs.find((run) => run.id === id);
  isUnderWay = (run: ModelRun) => run.status === 'RUNNING' || run.status === 'CANCELLING';
  isPipelineBusy = (pipeline: PipelineName) =>
    this.runs.some((run) => run.pipeline === pipeline && this.isUnderWay(run));
  isClaimable = (run: ModelRun) =>
    (run.status === 'QUEUED' || (run.status === 'WAITING' && run.resumesAt <= this.now)) &&
    !this.isPipelineBusy(run.pipeline);

  crash(run: ModelRun): void {
    run.status = run.status === 'CANCELLING' ? 'CANCELLED' : 'CRASHED';
    run.fence++;
  }
}

async function apply(command: Command, model: Model, store: RunStore): Promise<void> {
  if (command.do === 'pass') {
    model.now += command.ms;
  } else if (command.do === 'expire') {
    const over = model.runs.filter((run) => model.isUnderWay(run) && run.leaseUntil <= model.now);
    const crashed = await store.crashExpired(model.now);
    expect(crashed.map(({ id }) => id).sort()).toEqual(over.map(({ id }) => id).sort());
    for (const run of over) model.crash(run);
  } else if (command.do === 'trigger') {
    await trigger(command, model, store);
  } else if ('claim' in command) {
    await work(command, model, store);
  } else {
    await operate(command, model, store);
  }
}

async function trigger(command: Command & { do: 'trigger' }, model: Model, store: RunStore): Promise<void> {
  const { pipeline, top, overlap, by } = command;
  const same = model.runs.filter(
    (r) =>
      r.pipeline === pipeline &&
      r.top === top &&
      !hasEnded(r.status) &&
      // A schedule's next run may wait behind the one before.
      (by === 'CLI' || overlap === undefined || !model.isUnderWay(r)),
  );
  const rivals = model.runs.filter((r) => r.pipeline === pipeline);
  const isFull =
    overlap !== undefined &&
    (rivals.some((r) => r.status === 'QUEUED') || (overlap === 'SKIP' && model.isPipelineBusy(pipeline)));
  const outcome = await store.createRun(
    { pipeline, trigger: by, parameters: { top }, overlap, createdAt: model.now },
    ['crawl', 'bronze'],
  );
  expect({ wasCreated: outcome.wasCreated, isBusy: outcome.isBusy }).toEqual({
    wasCreated: same.length === 0 && !isFull,
    isBusy: same.length === 0 && isFull,
  });
  if (same.length > 0) expect(same.map(({ id }) => id)).toContain(outcome.run.id);
  if (!outcome.wasCreated) return;
  const { id } = outcome.run;
  model.runs.push({ id, pipeline, top, status: 'QUEUED', fence: 0, attempt: 1, leaseUntil: 0, resumesAt: 0 });
}

/** What a worker does under a claim, which may be an old one. */
async function work(
  command: Command & { do: 'heartbeat' | 'finish' },
  model: Model,
  store: RunStore,
): Promise<void> {
  const claim = model.claims[command.claim % Math.max(1, model.claims.length)];
  const run = claim && model.find(claim.runId);
  if (!claim || !run) return;
  const isStale = run.fence !== claim.fence || !model.isUnderWay(run);
  const write =
    command.do === 'heartbeat'
      ? store.heartbeat(claim, { now: model.now, leaseMs: LEASE })
      : store.finishRun(claim, { status: command.status, at: model.now, resumesAt: model.now + 10_000 });
  if (isStale) {
    await expect(write).rejects.toMatchObject({ code: 'FENCED' });
  } else if (command.do === 'heartbeat') {
    expect((await write) as object).toMatchObject({ cancelRequested: run.status === 'CANCELLING' });
    run.leaseUntil = model.now + LEASE;
  } else if (!canMove(run.status, command.status)) {
    await expect(write).rejects.toMatchObject({ code: 'RUN_STATE' });
  } else {
    await write;
    run.status = command.status;
    run.resumesAt = model.now + 10_000;
  }
}

/** What is done to a run from outside. */
async function operate(
  command: Command & { do: 'claim' | 'cancel' | 'crash' | 'requeue'; run: number },
  model: Model,
  store: RunStore,
): Promise<void> {
  const run = model.runs[command.run % Math.max(1, model.runs.length)];
  if (!run) return;
  const { now } = model;
  if (command.do === 'claim') {
    const isFree = model.isClaimable(run);
    const claimed = await store.claimRun(run.id, { id: 'w', now, leaseMs: LEASE });
    expect(claimed !== null).toBe(isFree);
    if (!isFree) return;
    run.status = 'RUNNING';
    run.fence++;
    run.leaseUntil = now + LEASE;
    model.claims.push(claimOf(run));
  } else if (command.do === 'cancel') {
    const expected = hasEnded(run.status) ? null : model.isUnderWay(run) ? 'CANCELLING' : 'CANCELLED';
    expect((await store.requestCancel(run.id, { at: now }))?.status ?? null).toBe(expected);
    run.status = expected ?? run.status;
  } else if (command.do === 'crash') {
    const isDying = model.isUnderWay(run);
    expect((await store.crashRun(claimOf(run), { at: now, message: 'dead' })) !== null).toBe(isDying);
    if (isDying) model.crash(run);
  } else if (command.do === 'requeue') {
    const isLegal = canMove(run.status, 'QUEUED');
    const queued = await store.requeueRun(run.id, { at: now, keepFinishedSteps: command.keep });
    expect(queued !== null).toBe(isLegal);
    if (!isLegal) return;
    run.status = 'QUEUED';
    run.attempt++;
  }
}

/** The store is as the model says, and no pipeline has two runs under way. */
async function compare(model: Model, store: RunStore): Promise<void> {
  const { runs } = await store.listRuns({ first: 1_000 });
  const facts = (run: { id: string; status: RunStatus; fence: number; attempt: number }) =>
    `${run.id} ${run.status} fence ${run.fence} attempt ${run.attempt}`;
  expect(runs.map(facts).sort()).toEqual(model.runs.map(facts).sort());
  const underWay = runs.filter(({ status }) => status === 'RUNNING' || status === 'CANCELLING');
  expect(new Set(underWay.map(({ pipeline }) => pipeline)).size).toBe(underWay.length);
  for (const run of runs) {
    expect(run.workerId !== null).toBe(underWay.includes(run));
    expect(run.endedAt !== null).toBe(hasEnded(run.status));
  }
  const claimable = await store.listClaimable(model.now);
  expect(claimable.map(({ id }) => id).sort()).toEqual(
    model.runs
      .filter(model.isClaimable)
      .map(({ id }) => id)
      .sort(),
  );
}

/**
 * Drives stores through random sequences of commands beside the model.
 *
 * @param open opens an empty store; `close` removes it
 */
export function describeRunStoreModel(
  name: string,
  open: () => Promise<{ store: RunStore; close(): Promise<void> }>,
  { sequences, timeoutMs }: { sequences: number; timeoutMs: number },
): void {
  it(
    `${name}: makes only legal moves, whatever the order of commands (${sequences} sequences, seed ${SEED})`,
    async () => {
      let commands = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { minLength: 1, maxLength: 60, size: 'max' }),
          async (sequence) => {
            const { store, close } = await open();
            const model = new Model();
            try {
              for (const step of sequence) {
                await apply(step, model, store);
                await compare(model, store);
                commands++;
              }
            } finally {
              await close();
            }
          },
        ),
        { numRuns: sequences, seed: SEED },
      );
      console.log(`run store model, ${name}: seed ${SEED}, ${sequences} sequences, ${commands} commands`);
    },
    timeoutMs,
  );
}
