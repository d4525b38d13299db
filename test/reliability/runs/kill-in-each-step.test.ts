// kill -9 of a worker, of the API's process, and of both, in each step of a run: when its work is done but nobody knows,
// within it, and before it; then a boot. No run stays under way, readers see the old snapshot until the new one is whole, and what the run
// publishes in the end is what an undisturbed one does. A round kills twice in each step; GROOVELAKE_TEST_ROUNDS=5 kills each
// of the three at each of the three moments.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seededRandomness, systemClock, systemRandomness } from '../../../src/clock.ts';
import { createCatalogue } from '../../../src/sources/sandbox/catalogue.ts';
import { writeExport } from '../../../src/sources/sandbox/exports.ts';
import { createListener } from '../../../src/sources/sandbox/listener.ts';
import { findDerivedPlays } from '../../../src/store/listening/derive.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import type { PipelineName } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { localFiles } from '../../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { ask, makeDataDir, removeDataDir, runProgram } from '../../end-to-end/process.ts';
import { HEADER, rowOf } from '../../sources/files/csv-files.ts';
import { type Content, countObserved, readContent } from './content.ts';

const SEED = 20261126;
const VICTIMS = ['worker', 'server', 'both'] as const;
const MOMENTS = ['after', 'within', 'before'] as const;
/** Kills in each step; all nine in five rounds. */
const EACH = Math.min(VICTIMS.length * MOMENTS.length, 2 * Number(process.env.GROOVELAKE_TEST_ROUNDS ?? 1));
const SONGS = 40;
/** A worker that starves on a busy machine keeps its lease: what dies here is found by its process. */
const ENVIRONMENT = {
  GROOVELAKE_CRASH_RETRIES: '0',
  GROOVELAKE_HISTORY_MAX_TRACKS: '10',
  GROOVELAKE_LEASE_MS: '600000',
  // What the sandbox was observed to say stays beside the imported songs.
  GROOVELAKE_KEEP_SANDBOX: 'true',
};

type Scenario = Extract<PipelineName, 'REFRESH' | 'IMPORT' | 'HISTORY'>;
/** The steps that a scenario is the first to have, each killed there. */
const SCENARIOS: Readonly<Record<Scenario, { parameters: object; steps: readonly string[] }>> = {
  REFRESH: { parameters: { top: 1, force: true }, steps: PIPELINE_STEPS.REFRESH.steps },
  IMPORT: { parameters: { files: ['songs.csv'] }, steps: ['import'] },
  HISTORY: {
    parameters: { account: 'sandbox', exports: ['Streaming_History_Audio_2026_0.json'] },
    steps: ['plays', 'listening', 'for-you', 'wanted'],
  },
};

const random = seededRandomness(SEED);
const ROUNDS = Object.entries(SCENARIOS).flatMap(([pipeline, { steps }]) =>
  steps.flatMap((step, at) =>
    Array.from({ length: EACH }, (_, n) => ({
      pipeline: pipeline as Scenario,
      step,
      when: MOMENTS[n % MOMENTS.length] ?? 'after',
      victim: VICTIMS[(at + n + Math.floor(n / MOMENTS.length)) % VICTIMS.length] ?? 'both',
      share: random.next(),
    })),
  ),
);

interface Undisturbed {
  readonly content: Content;
  /** Milliseconds that each step took. */
  readonly durations: Readonly<Record<string, number>>;
}
interface RunSeen {
  readonly id: string;
  readonly pipeline: string;
  readonly status: string;
  readonly attempt: number;
  readonly snapshotId: string | null;
  readonly steps: readonly { name: string; status: string; attempt: number }[];
}

let base: string;
let dataDir: string;
let server: { child: ChildProcess; url: string } | null = null;
const undisturbed = new Map<Scenario, Undisturbed>();
const folders: string[] = [];
const table: string[] = [];

const snapshots = () => createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
async function readCurrent(): Promise<Manifest> {
  const current = await snapshots().readCurrent();
  // The whole of it is there, file by file.
  expect(current?.warnings).toEqual([]);
  if (!current) throw new Error('no snapshot is served');
  return current.manifest;
}

async function boot(halt = ''): Promise<void> {
  const child = fork(new URL('./halting-server.ts', import.meta.url), [], {
    env: {
      ...process.env,
      ...ENVIRONMENT,
      GROOVELAKE_DATA_DIR: dataDir,
      PORT: '0',
      GROOVELAKE_TEST_HALT: halt,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`The server ended with ${code}.`)),
  );
  const [{ url }] = (await Promise.race([once(child, 'message'), failed])) as [{ url: string }];
  failed.catch(() => {});
  server = { child, url };
}

async function kill(): Promise<void> {
  const dying = server?.child;
  server = null;
  if (!dying) return;
  const exited = once(dying, 'exit');
  dying.kill('SIGKILL');
  await exited;
}

const RUN_FIELDS = 'id pipeline status attempt snapshotId steps { name status attempt }';
const url = () => server?.url ?? '';

async function trigger(pipeline: Scenario): Promise<string> {
  if (pipeline === 'HISTORY') return queueHistory();
  const { triggerPipeline } = await ask<{ triggerPipeline: { run: { id: string } } }>(
    url(),
    `mutation Trigger($input: TriggerPipelineInput!) { triggerPipeline(input: $input) { ... on TriggerRunSuccess { run { id } } ... on Error { message } } }`,
    { input: { pipeline, parameters: SCENARIOS[pipeline].parameters } },
  );
  return triggerPipeline.run.id;
}

/** The API refuses exports into the invented listener, and in the sandbox nobody else's tracks are wanted: so past the API. */
async function queueHistory(): Promise<string> {
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  try {
    const { run } = await runs.createRun(
      {
        pipeline: 'HISTORY',
        // A run of the command line would be cancelled, not parked, with the process that started it.
        trigger: 'BOOT',
        parameters: { ...SCENARIOS.HISTORY.parameters },
        createdAt: systemClock.now(),
      },
      PIPELINE_STEPS.HISTORY.steps,
    );
    return run.id;
  } finally {
    await runs.close();
  }
}

async function untilRun(id: string, isSo: (run: RunSeen) => boolean): Promise<RunSeen> {
  for (;;) {
    const { run } = await ask<{ run: RunSeen }>(url(), `{ run(id: "${id}") { ${RUN_FIELDS} } }`);
    if (isSo(run)) return run;
    await systemClock.sleep(50);
  }
}
const hasEnded = ({ status }: RunSeen) => !['QUEUED', 'RUNNING', 'WAITING', 'CANCELLING'].includes(status);

/** Waits for the event that says where the run is, and answers with the process that works on it. */
async function untilHalted(id: string): Promise<number> {
  const runs = openSqliteRuns(join(dataDir, 'runs.sqlite'));
  try {
    for (;;) {
      const events = await runs.listEvents(id, { after: 0, first: 1_000 });
      const run = await runs.findRun(id);
      if (events.some(({ type }) => type === 'halted')) return Number(run?.workerId?.split(':')[1]);
      if (run?.error) throw new Error(run.error.message);
      await systemClock.sleep(20);
    }
  } finally {
    await runs.close();
  }
}

/** Drawn by how long a step took undisturbed, the moment may lie behind the end of a run that was quicker. */
function killWorker(pid: number, { mayHaveEnded }: { mayHaveEnded: boolean }): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!mayHaveEnded || (error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function useCopy(): Promise<void> {
  dataDir = await makeDataDir();
  folders.push(dataDir);
  await cp(base, dataDir, { recursive: true });
}

async function readAll(): Promise<Content> {
  const plays: Record<string, string> = {};
  const folder = join(dataDir, 'listening', 'sandbox');
  const derived = await findDerivedPlays(localFiles, folder).catch(() => null);
  if (derived) plays.sandbox = join(folder, 'derived', derived.version, 'plays.parquet');
  return readContent(dataDir, await readCurrent(), plays);
}

/** A published crawl of one artist, and in the inbox a data set and two months of somebody's plays. */
async function makeBase(): Promise<void> {
  base = await makeDataDir();
  folders.push(base);
  const { code, output } = await runProgram(['run', 'REFRESH', '--top', '1'], {
    GROOVELAKE_DATA_DIR: base,
    GROOVELAKE_LEASE_MS: ENVIRONMENT.GROOVELAKE_LEASE_MS,
  });
  expect(code, output).toBe(0);
  await mkdir(join(base, 'inbox'), { recursive: true });
  const songs = Array.from({ length: SONGS }, (_, n) =>
    rowOf(String(n).padStart(22, '0'), { track_name: `Song ${n}`, track_artist: `Band ${n % 7}` }),
  );
  await writeFile(join(base, 'inbox', 'songs.csv'), `${[HEADER, ...songs].join('\n')}\n`);
  const [file] = writeExport(createListener(createCatalogue({ seed: 7 })), {
    edition: 'extended',
    from: Date.UTC(2026, 7, 1),
    to: Date.UTC(2026, 9, 1),
    seed: 7,
  });
  await writeFile(join(base, 'inbox', 'Streaming_History_Audio_2026_0.json'), file?.text ?? '');
}

async function runUndisturbed(pipeline: Scenario): Promise<Undisturbed> {
  await useCopy();
  await boot();
  const id = await trigger(pipeline);
  expect(await untilRun(id, hasEnded)).toMatchObject({ status: 'SUCCEEDED' });
  const { run } = await ask<{ run: { steps: { name: string; startedAt: string; endedAt: string }[] } }>(
    url(),
    `{ run(id: "${id}") { steps { name startedAt endedAt } } }`,
  );
  await kill();
  const durations = Object.fromEntries(
    run.steps.map(({ name, startedAt, endedAt }) => [name, Date.parse(endedAt) - Date.parse(startedAt)]),
  );
  return { content: await readAll(), durations };
}

beforeAll(async () => {
  await makeBase();
  for (const pipeline of Object.keys(SCENARIOS) as Scenario[])
    undisturbed.set(pipeline, await runUndisturbed(pipeline));
});
afterEach(kill);
afterAll(async () => {
  await kill();
  for (const folder of folders) await removeDataDir(folder);
  console.log(
    `seed ${SEED}, ${table.length} kills\n| killed | in | CURRENT | after the boot | in the end | steps |\n|---|---|---|---|---|---|\n${table.join('\n')}`,
  );
});

describe('kill -9, then a boot', () => {
  it.each(ROUNDS)('of $victim $when $pipeline/$step', async ({ pipeline, step, when, victim, share }) => {
    await useCopy();
    const before = await readCurrent();
    await boot(`${step}:${when}`);
    const id = await trigger(pipeline);
    const pid = await untilHalted(id);
    if (when === 'within') await systemClock.sleep(share * (undisturbed.get(pipeline)?.durations[step] ?? 0));
    if (victim !== 'server') killWorker(pid, { mayHaveEnded: when === 'within' });
    if (victim !== 'worker') await kill();
    const left = await readCurrent();
    const isPublished = left.id !== before.id;
    if (when !== 'within') expect(isPublished).toBe(step === 'publish' && when === 'after');

    if (victim !== 'worker') await boot();
    const { snapshot, tracks } = await ask<{ snapshot: { id: string }; tracks: { totalCount: number } }>(
      url(),
      '{ snapshot { id } tracks { totalCount } }',
    );
    expect(tracks.totalCount).toBe(left.relations.find(({ name }) => name === 'tracks')?.rows);
    if (victim !== 'worker') expect(snapshot.id >= left.id).toBe(true);
    // A worker whose server is gone parks its run, and the next server goes on with it; a dead worker's run has crashed.
    const after = await untilRun(id, hasEnded);
    const isKilled = victim !== 'server' && after.status === 'CRASHED';
    if (when !== 'within') expect(isKilled).toBe(victim !== 'server');
    if (after.status === 'CRASHED') {
      await ask(
        url(),
        `mutation { retryRun(input: { runId: "${id}", from: FAILURE }) { ... on TriggerRunSuccess { run { id } } } }`,
      );
    }
    const ended = await untilRun(id, hasEnded);
    const { runs } = await ask<{ runs: { nodes: RunSeen[] } }>(
      url(),
      `{ runs(first: 100) { nodes { ${RUN_FIELDS} } } }`,
    );
    table.push(
      `| ${victim} | ${pipeline} ${step}, ${when} | ${isPublished ? 'new' : 'old'} | ${after.status} | ${ended.status}, attempt ${ended.attempt} | ${describeSteps(ended)} |`,
    );
    expect(runs.nodes.filter((run) => !hasEnded(run))).toEqual([]);
    expect(ended.status).toBe('SUCCEEDED');
    await kill();
    const now = await readCurrent();
    expect(ended.snapshotId).toBe(now.id);
    expect(await readAll()).toEqual(undisturbed.get(pipeline)?.content);
    expect(await countObserved(dataDir, now, before)).toMatchObject({ unfounded: 0, doubled: 0, lost: 0 });
  });
});

/** Steps that began again after the kill, and those that had nothing left to do. */
function describeSteps({ steps }: RunSeen): string {
  const again = steps.filter(({ attempt, status }) => attempt > 1 && status !== 'SKIPPED');
  const skipped = steps.filter(({ status }) => status === 'SKIPPED');
  const name = (of: RunSeen['steps']) => of.map((step) => step.name).join(', ') || 'none';
  return `again ${name(again)}${skipped.length ? `; skipped ${name(skipped)}` : ''}`;
}
