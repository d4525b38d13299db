// kill -9 of the worker, of the server, and of both, in each step of a REFRESH, before and after the step's work; then a boot. No run
// stays under way, readers see the old snapshot until the new one is whole, and the retried run ends as an undisturbed one.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import { hasEnded, type Run, type RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { makeDataDir } from '../../end-to-end/process.ts';

const VICTIMS = ['worker', 'server', 'both'] as const;
const ROUNDS = PIPELINE_STEPS.REFRESH.steps.flatMap((step, at) =>
  (['before', 'after'] as const).map((when, side) => {
    const victim = VICTIMS[(2 * at + side) % VICTIMS.length] ?? 'both';
    return { step, when, victim };
  }),
);

let dataDir: string;
let runs: RunStore;
let server: ChildProcess | null = null;
const table: string[] = [];

const snapshots = () => createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
const readCurrent = async (): Promise<Manifest | undefined> => (await snapshots().readCurrent())?.manifest;
const countRows = (manifest: Manifest | undefined) =>
  manifest?.relations.map(({ layer, name, rows }) => `${layer}.${name} ${rows}`).sort();

function boot(halt = ''): void {
  server = fork(new URL('./halting-server.ts', import.meta.url), [], {
    env: {
      ...process.env,
      GROOVELAKE_DATA_DIR: dataDir,
      GROOVELAKE_CRASH_RETRIES: '0',
      GROOVELAKE_TEST_HALT: halt,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function killServer(): Promise<void> {
  const dying = server;
  server = null;
  if (!dying || dying.exitCode !== null) return;
  const exited = once(dying, 'exit');
  dying.kill('SIGKILL');
  await exited;
}

async function until(id: string, isSo: (run: Run) => Promise<boolean> | boolean): Promise<Run> {
  for (;;) {
    const run = await runs.findRun(id);
    if (run && (await isSo(run))) return run;
    await systemClock.sleep(50);
  }
}

async function trigger(): Promise<string> {
  const parameters = { top: 1, force: true };
  const input = {
    pipeline: 'REFRESH',
    trigger: 'MUTATION',
    parameters,
    createdAt: systemClock.now(),
  } as const;
  return (await runs.createRun(input, PIPELINE_STEPS.REFRESH.steps)).run.id;
}

const isHalted = async ({ id }: Run) =>
  (await runs.listEvents(id, { after: 0, first: 1_000 })).some(({ type }) => type === 'halted');

beforeAll(async () => {
  dataDir = await makeDataDir();
  runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  boot();
  const id = await trigger();
  expect((await until(id, ({ status }) => hasEnded(status))).status).toBe('SUCCEEDED');
  await killServer();
});
afterAll(async () => {
  await killServer();
  await runs.close();
  await rm(dataDir, { recursive: true, force: true });
  console.log(`| killed | in step | after the boot | then |\n|---|---|---|---|\n${table.join('\n')}`);
});

describe('kill -9, then a boot', () => {
  it.each(ROUNDS)('of $victim $when the work of $step', async ({ step, when, victim }) => {
    const undisturbed = await readCurrent();
    boot(`${step}:${when}`);
    const id = await trigger();
    const halted = await until(id, isHalted);
    const pid = Number(halted.workerId?.split(':')[1]);
    if (victim !== 'server') process.kill(pid, 'SIGKILL');
    if (victim !== 'worker') await killServer();
    const isPublished = step === 'publish' && when === 'after';
    const left = await readCurrent();
    if (!isPublished) expect(left?.id).toBe(undisturbed?.id);
    // The whole of it is there, file by file.
    expect((await snapshots().readCurrent())?.warnings).toEqual([]);

    if (victim !== 'worker') boot();
    // A worker whose server is gone parks its run, and the next server goes on with it; a dead worker's run has crashed.
    const expected = victim === 'server' ? ['RUNNING', 'SUCCEEDED', 'SKIPPED', 'WAITING'] : ['CRASHED'];
    const after = await until(
      id,
      ({ status, fence }) => expected.includes(status) && (victim === 'server' ? fence > 1 : true),
    );
    if (after.status === 'CRASHED')
      await runs.requeueRun(id, { at: systemClock.now(), keepFinishedSteps: true });
    const ended = await until(id, ({ status }) => hasEnded(status) && status !== 'CRASHED');
    table.push(
      `| ${victim} | ${step}, ${when} its work | ${after.status} | ${ended.status}, attempt ${ended.attempt} |`,
    );
    // What had been published already is nothing new.
    expect(ended.status).toBe(isPublished ? 'SKIPPED' : 'SUCCEEDED');
    expect(await runs.countRuns({ statuses: ['RUNNING', 'CANCELLING', 'QUEUED', 'WAITING'] })).toBe(0);
    expect(countRows(await readCurrent())).toEqual(countRows(undisturbed));
    expect((await readCurrent())?.id).not.toBe(undisturbed?.id);
    await killServer();
  });
});
