import { graphql } from 'graphql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import type { Context } from '../../../src/schema/context.ts';
import { createLoaders } from '../../../src/schema/loaders.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import { mayReadRun } from '../../../src/store/access/may-read-run.ts';
import type { Catalog } from '../../../src/store/catalog/catalog.ts';
import type { PipelineName, Run } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createVirtualClock } from '../../fixtures/virtual-clock.ts';

function open() {
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  onTestFinished(() => runs.close());
  const ask = async (source: string, access: Parameters<typeof mayReadRun>[0] = { scope: 'admin' }) => {
    const loaders = createLoaders(
      () => ({}) as Catalog,
      runs,
      () => ({}) as Context['landing'],
    );
    const contextValue = {
      config: readConfig({}),
      lists: createListBudget(readConfig({})),
      clock,
      runs,
      access,
      loaders,
      mayReadRun: (run: Run) => mayReadRun(access, run),
      snapshots: { findManifest: async () => null },
    } as unknown as Context;
    const { data, errors } = await graphql({ schema: buildSchema(), source, contextValue });
    return JSON.parse(JSON.stringify(errors ?? data)) as unknown;
  };
  const work = async (pipeline: 'CRAWL' | 'REFRESH', trigger: 'CLI' | 'SCHEDULE', takesMs: number) => {
    const input = { pipeline, trigger, parameters: {}, createdAt: clock.now() };
    const { run } = await runs.createRun(input, ['crawl']);
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    await runs.updateStep(claim, { name: 'crawl', status: 'RUNNING', startedAt: clock.now() });
    if (takesMs === 0) return claim;
    clock.step(takesMs);
    await runs.updateStep(claim, { name: 'crawl', status: 'SUCCEEDED', endedAt: clock.now(), rowsOut: 7 });
    await runs.finishRun(claim, { status: 'SUCCEEDED', at: clock.now() });
    return claim;
  };
  return { clock, runs, ask, work };
}

describe('runs in the long view', () => {
  it('are totalled per day, with the days and the filter asked for', async () => {
    const { ask, work, clock } = open();
    await work('CRAWL', 'SCHEDULE', 1_500);
    clock.step(24 * 3_600_000);
    await work('CRAWL', 'CLI', 500);
    const totals = '{ runTotals(days: 2) { day pipeline status runs durationSeconds } }';
    const day = (date: number, seconds: number) => ({
      day: `2026-11-${date}`,
      pipeline: 'CRAWL',
      status: 'SUCCEEDED',
      runs: 1,
      durationSeconds: seconds,
    });
    expect(await ask(totals)).toEqual({ runTotals: [day(21, 0.5), day(20, 1.5)] });
    expect(await ask('{ runTotals(days: 1) { day } }')).toEqual({ runTotals: [{ day: '2026-11-21' }] });
    expect(await ask('{ runTotals(where: { triggers: [SCHEDULE] }) { day } }')).toEqual({
      runTotals: [{ day: '2026-11-20' }],
    });
    expect(await ask('{ runTotals(days: 400) { day } }')).toMatchObject([
      { message: 'days is 400; 1 to 366 is expected.' },
    ]);
    expect(await ask('{ runs(where: { triggers: [CLI, BOOT] }) { totalCount nodes { trigger } } }')).toEqual({
      runs: { totalCount: 1, nodes: [{ trigger: 'CLI' }] },
    });
  });

  it('say how long steps usually take, and so how long one under way still will', async () => {
    const { ask, work, clock } = open();
    for (const ms of [4_000, 2_000]) await work('CRAWL', 'CLI', ms);
    expect(
      await ask(
        '{ pipelines { name stepHistory(first: 5) { step medianSeconds times { seconds rowsOut } } } }',
      ),
    ).toMatchObject({
      pipelines: [
        {
          name: 'CRAWL',
          stepHistory: [
            {
              step: 'crawl',
              medianSeconds: 3,
              times: [
                { seconds: 2, rowsOut: 7 },
                { seconds: 4, rowsOut: 7 },
              ],
            },
          ],
        },
        ...['TRANSFORM', 'REFRESH', 'IMPORT', 'HISTORY'].map((name) => ({ name, stepHistory: [] })),
      ],
    });
    await work('CRAWL', 'CLI', 0);
    clock.step(1_000);
    const progress = '{ runs { nodes { status progress { remainingSeconds } } } }';
    expect(await ask(progress)).toMatchObject({
      runs: {
        nodes: [
          { status: 'RUNNING', progress: { remainingSeconds: 2 } },
          { progress: { remainingSeconds: null } },
          {},
        ],
      },
    });
  });
});

describe('the events of a run', () => {
  it('are asked for by level, and from the end', async () => {
    const { ask, work, runs, clock } = open();
    const { runId } = await work('CRAWL', 'CLI', 0);
    for (const [n, level] of (['WARN', 'ERROR', 'INFO', 'ERROR', 'ERROR'] as const).entries()) {
      const event = { at: clock.now(), level, type: 'log', step: null, message: `${n}`, data: null } as const;
      await runs.appendEvent(runId, event);
    }
    const events = async (args: string) => {
      const asked = `{ run(id: "${runId}") { events(${args}) {
        totalCount nodes { message cursor } pageInfo { hasNextPage hasPreviousPage } } } }`;
      return (
        (await ask(asked)) as { run: { events: { nodes: { message: string; cursor: string }[] } & object } }
      ).run.events;
    };
    const latest = await events('last: 2, levels: [ERROR]');
    expect(latest).toMatchObject({
      totalCount: 3,
      nodes: [{ message: '3' }, { message: '4' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    expect(await events(`last: 2, levels: [ERROR], after: "${latest.nodes[0]?.cursor}"`)).toMatchObject({
      nodes: [{ message: '4' }],
    });
    expect(await events('first: 1, levels: [ERROR, WARN]')).toMatchObject({
      totalCount: 4,
      nodes: [{ message: '0' }],
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    const refused = (args: string) => ask(`{ run(id: "${runId}") { events(${args}) { nodes { id } } } }`);
    expect(await refused('first: 1, last: 1')).toMatchObject([
      { message: '"first" is 1 and "last" is 1; one of them is expected. Leave one out.' },
    ]);
    expect(await refused('last: 0')).toMatchObject([{ message: expect.stringMatching(/^"last" is 0; /) }]);
  });
});

describe('a run that was cancelled and queued again', () => {
  it('says why, and since when it waits; it stays where it was in the list', async () => {
    const { ask, work, runs, clock } = open();
    const { runId } = await work('CRAWL', 'CLI', 0);
    const createdAt = new Date(clock.now()).toISOString();
    const told = async () =>
      ((await ask('{ runs { nodes { createdAt queuedAt cancelReason } } }')) as { runs: { nodes: object[] } })
        .runs.nodes;
    expect(await told()).toEqual([{ createdAt, queuedAt: createdAt, cancelReason: null }]);
    clock.step(5_000);
    await runs.requestCancel(runId, { at: clock.now(), reason: 'wrong market' });
    await runs.crashRun({ runId, fence: 1 }, { at: clock.now(), message: 'x' });
    expect(await told()).toMatchObject([{ cancelReason: 'wrong market' }]);
    await runs.requeueRun(runId, { at: clock.now(), keepFinishedSteps: true });
    const queuedAt = new Date(clock.now()).toISOString();
    expect(await told()).toEqual([{ createdAt, queuedAt, cancelReason: null }]);
  });
});

describe('a run of a pipeline that this version does not know', () => {
  it('is listed as OTHER beside the others, and cannot be asked for', async () => {
    const { ask, work, runs, clock } = open();
    await work('CRAWL', 'CLI', 1_000);
    const pipeline = 'MASTER' as PipelineName;
    const input = { pipeline, trigger: 'CLI', parameters: {}, createdAt: clock.now() } as const;
    const { run } = await runs.createRun(input, ['press']);
    const asked = '{ runs { totalCount nodes { id pipeline status steps { name } } } }';
    expect(await ask(asked)).toMatchObject({
      runs: {
        totalCount: 2,
        nodes: [
          { id: run.id, pipeline: 'OTHER', status: 'QUEUED', steps: [{ name: 'press' }] },
          { pipeline: 'CRAWL', status: 'SUCCEEDED' },
        ],
      },
    });
    expect(await ask('{ runTotals { pipeline runs } }')).toMatchObject({
      runTotals: expect.arrayContaining([
        { pipeline: 'OTHER', runs: 1 },
        { pipeline: 'CRAWL', runs: 1 },
      ]),
    });
    expect(await ask('{ runs(where: { pipelines: [OTHER] }) { nodes { id } } }')).toMatchObject([
      { message: expect.stringContaining('pipelines is "OTHER", which this version does not have') },
    ]);
  });
});

describe('a run about somebody’s listening', () => {
  const ANNA = 'aaaaaaaaaaaa';
  const EVERYTHING = `{ runs { nodes {
    id pipeline status parameters cancelReason snapshotId progress { done message } error { code message hint }
    steps { name rowsIn error { code message } } events { totalCount nodes { message } } } } }`;

  async function openImport() {
    const { runs, ask, clock } = open();
    const parameters = { account: ANNA, exports: ['/home/anna/anna.zip'] };
    const { run } = await runs.createRun(
      { pipeline: 'HISTORY', trigger: 'CLI', parameters, createdAt: clock.now() },
      ['plays'],
    );
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    const error = {
      code: 'INPUT',
      message: 'anna.zip mixes two people',
      isRetryable: false,
      step: 'plays',
      hint: 'anna',
    };
    await runs.setProgress(claim, { done: 3, total: 9, message: 'anna.zip' });
    await runs.updateStep(claim, { name: 'plays', status: 'RUNNING' });
    await runs.updateStep(claim, { name: 'plays', status: 'FAILED', rowsIn: 7, error });
    await runs.requestCancel(run.id, { at: clock.now(), reason: 'not anna.zip' });
    await runs.finishRun(claim, { status: 'FAILED', at: clock.now(), error, snapshotId: 's1' });
    return ask;
  }

  it.each([
    ['a key of no account', { scope: 'read' as const }],
    ['the key of another account', { scope: 'read' as const, accountId: 'bbbbbbbbbbbb' }],
  ])('shows its state and counts and not a word to %s', async (_title, access) => {
    const ask = await openImport();
    const seen = await ask(EVERYTHING, access);
    expect(JSON.stringify(seen)).not.toMatch(/anna|aaaaaaaaaaaa|home|s1/);
    expect(seen).toMatchObject({
      runs: {
        nodes: [
          {
            status: 'FAILED',
            parameters: {},
            cancelReason: null,
            snapshotId: null,
            progress: { done: 3, message: '' },
            error: { code: 'INPUT', hint: null },
            steps: [{ rowsIn: 7, error: { code: 'INPUT' } }],
            events: { totalCount: 0, nodes: [] },
          },
        ],
      },
    });
  });

  it.each([
    ['an operator', { scope: 'operate' as const }],
    ['the key of its account', { scope: 'read' as const, accountId: ANNA }],
  ])('is told whole to %s', async (_title, access) => {
    const ask = await openImport();
    expect(await ask(EVERYTHING, access)).toMatchObject({
      runs: {
        nodes: [
          {
            parameters: { account: ANNA },
            cancelReason: 'not anna.zip',
            progress: { message: 'anna.zip' },
            error: { message: 'anna.zip mixes two people' },
            steps: [{ error: { message: 'anna.zip mixes two people' } }],
          },
        ],
      },
    });
  });
});

describe('a run over files of the server', () => {
  async function openImport() {
    const { runs, ask, clock } = open();
    const parameters = { files: ['/home/anna/private/a "1".csv', 'b.csv'] };
    const input = { pipeline: 'IMPORT', trigger: 'CLI', parameters, createdAt: clock.now() } as const;
    const { run } = await runs.createRun(input, ['import']);
    const claimed = await runs.claimRun(run.id, { id: 'w', now: clock.now(), leaseMs: 1_000 });
    const claim = { runId: run.id, fence: claimed?.fence ?? 0 };
    const message = `"${parameters.files[0]}" does not exist`;
    const error = { code: 'INVALID_INPUT', message, isRetryable: false, step: 'import', hint: null };
    await runs.updateStep(claim, { name: 'import', status: 'RUNNING' });
    await runs.updateStep(claim, { name: 'import', status: 'FAILED', error });
    await runs.finishRun(claim, { status: 'FAILED', at: clock.now(), error });
    return ask;
  }
  const words = `{ runs { nodes {
    parameters error { message } steps { error { message } } events { nodes { message data } } } } }`;

  it('tells operators where they lie, and others their names', async () => {
    const ask = await openImport();
    expect(await ask(words, { scope: 'operate' })).toMatchObject({
      runs: {
        nodes: [{ parameters: { files: ['/home/anna/private/a "1".csv', 'b.csv'] } }],
      },
    });
    const told = await ask(words, { scope: 'read' });
    expect(JSON.stringify(told)).not.toContain('anna');
    const error = { message: '"a "1".csv" does not exist' };
    expect(told).toMatchObject({
      runs: { nodes: [{ parameters: { files: ['a "1".csv', 'b.csv'] }, error, steps: [{ error }] }] },
    });
  });
});
