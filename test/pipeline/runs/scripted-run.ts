// A claimed run whose steps a test scripts, on a virtual clock and stores in memory.
import { onTestFinished } from 'vitest';
import { seededRandomness } from '../../../src/clock.ts';
import { type Config, readConfig } from '../../../src/config.ts';
import { silentLog } from '../../../src/log.ts';
import { type ExecuteParts, executeRun } from '../../../src/pipeline/runs/execute-run.ts';
import type { Step, StepContext, StepResult } from '../../../src/pipeline/step.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { PIPELINE_STEPS } from '../../../src/store/runs/pipelines.ts';
import type { PipelineName, Run, RunStore } from '../../../src/store/runs/run-store.ts';
import { openSqliteRuns } from '../../../src/store/runs/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { createVirtualClock, type VirtualClock } from '../../fixtures/virtual-clock.ts';

/** What a scripted step does; a step without a script succeeds. */
export type Script = Readonly<Record<string, (context: StepContext) => Promise<StepResult> | StepResult>>;

export interface ScriptedRun {
  readonly runs: RunStore;
  readonly clock: VirtualClock;
  readonly config: Config;
  readonly run: Run;
  /** Steps in the order in which they were called. */
  readonly called: string[];
  /** Executes the run, or what it has been claimed as since, while time goes on. */
  execute(script: Script, change?: Partial<ExecuteParts>, claimed?: Run): Promise<Run | null>;
  /** Starts an execution and lets the test move the clock. */
  begin(script: Script, change?: Partial<ExecuteParts>, claimed?: Run): Promise<Run | null>;
  claim(): Promise<Run>;
  /** "name STATUS" of every step. */
  listSteps(): Promise<string[]>;
  listEvents(): Promise<string[]>;
}

export async function scriptRun(
  pipeline: PipelineName = 'REFRESH',
  env: Readonly<Record<string, string>> = {},
): Promise<ScriptedRun> {
  const dataDir = makeTempFolder();
  const config = readConfig({ GROOVELAKE_DATA_DIR: dataDir, ...env });
  const clock = createVirtualClock();
  const runs = openSqliteRuns(':memory:', seededRandomness(1));
  const landing = openSqliteLanding(':memory:');
  onTestFinished(async () => {
    await landing.close();
    await runs.close();
  });
  const random = seededRandomness(7);
  const snapshots = createSnapshotStore({ dataDir, clock, random });
  const { run: created } = await runs.createRun(
    { pipeline, trigger: 'CLI', parameters: {}, createdAt: clock.now() },
    PIPELINE_STEPS[pipeline].steps,
  );
  const called: string[] = [];
  const claim = async () => {
    const worker = { id: 'w', now: clock.now(), leaseMs: config.leaseMs };
    const claimed = await runs.claimRun(created.id, worker);
    if (!claimed) throw new Error('the run could not be claimed');
    return claimed;
  };
  const toStep = (name: string, script: Script): Step => ({
    name,
    run: async (context) => {
      called.push(name);
      return (await script[name]?.(context)) ?? {};
    },
  });
  const run = await claim();
  const begin: ScriptedRun['begin'] = (script, change = {}, claimed = run) =>
    executeRun(claimed, {
      config,
      clock,
      random,
      log: silentLog,
      runs,
      landing,
      snapshots,
      steps: PIPELINE_STEPS[pipeline].steps.map((name) => toStep(name, script)),
      ...change,
    });
  return {
    runs,
    clock,
    config,
    run,
    called,
    claim,
    begin,
    execute: async (...given) => {
      let isOver = false;
      const execution = begin(...given).finally(() => {
        isOver = true;
      });
      execution.catch(() => {});
      for (let minutes = 0; !isOver && minutes < 600; minutes++) await clock.advance(60_000);
      return execution;
    },
    listSteps: async () =>
      (await runs.listSteps([created.id])).map(({ name, status }) => `${name} ${status}`),
    listEvents: async () =>
      (await runs.listEvents(created.id, { after: 0, first: 1_000 })).map(
        ({ level, type, message }) => `${level} ${type}: ${message}`,
      ),
  };
}

/** Ends only when its signal aborts, with the signal's reason. */
export function untilAborted({ signal }: StepContext): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Ends never, whatever it is told. */
export const forever = (): Promise<never> => new Promise(() => {});
