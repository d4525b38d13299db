// Builds and publishes what is sealed, without the similarity index: `node bench/etl/publish.ts DATA_FOLDER [BATCH_TO_SEAL]`.
//
// BENCH_SERVING=1 builds the serving index too; BENCH_NO_SYNC=1 lets nothing wait for the disk; BENCH_FORCE=1 builds everything anew.
// Prints one line of JSON (Figures). Linux: it reads /proc.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { bronzeStep } from '../../src/pipeline/build/bronze.ts';
import { goldStep, silverStep, warehouseStep } from '../../src/pipeline/build/build.ts';
import { checksStep } from '../../src/pipeline/build/checks.ts';
import { publishStep } from '../../src/pipeline/build/publish.ts';
import { servingStep } from '../../src/pipeline/build/serving.ts';
import type { StepContext } from '../../src/pipeline/step.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';
import type { Candidate, SnapshotStore } from '../../src/store/snapshots/snapshot-store.ts';

export interface Spent {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface Figures {
  readonly total: Spent;
  /** With the highest resident memory within the step. */
  readonly steps: Readonly<Record<string, Spent & { readonly peakMb: number }>>;
  /** Writing alone: select, Parquet, hash; by layer.name. Of two that are written at a time each holds the processor time of the other. */
  readonly relations: Readonly<Record<string, Spent>>;
  readonly syncs: { readonly calls: number; readonly seconds: number };
}

const [dataDir, batch] = process.argv.slice(2);
if (!dataDir) throw new Error('usage: publish.ts DATA_FOLDER [BATCH_TO_SEAL]');

const syncs = await watchSyncs();
const config = readConfig({ ...process.env, GROOVELAKE_DATA_DIR: dataDir });
const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
if (batch) await landing.sealBatch(batch, systemClock.now());
const relations: Record<string, Spent> = {};
const disposals: (() => Promise<void> | void)[] = [];
const values = new Map<string, unknown>();
const context = {
  run: {
    id: 'bench',
    pipeline: 'TRANSFORM',
    parameters: { ...(process.env.BENCH_FORCE ? { force: true } : {}) },
  },
  claim: { runId: 'bench', fence: 1 },
  config,
  clock: systemClock,
  landing,
  runs: { acquireLease: async () => true, releaseLease: async () => {}, heartbeat: async () => {} },
  snapshots: watchRelations(createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness })),
  signal: new AbortController().signal,
  scope: {
    get: (key: string) => values.get(key),
    set: (key: string, value: unknown, dispose?: () => Promise<void> | void) => {
      values.set(key, value);
      if (dispose) disposals.unshift(dispose);
      return value;
    },
  },
  progress: () => {},
  event: (level: string, type: string, message: string, data: unknown) => {
    if (level !== 'INFO') console.error(level, type, message, (JSON.stringify(data) ?? '').slice(0, 300));
  },
} as unknown as StepContext;

const steps: Record<string, Spent & { peakMb: number }> = {};
const beforePublish = process.env.BENCH_SERVING ? [checksStep, servingStep] : [checksStep];
const stopWatch = startWatch();
for (const step of [bronzeStep, silverStep, goldStep, warehouseStep, ...beforePublish, publishStep]) {
  // From here on the kernel counts the peak anew.
  writeFileSync('/proc/self/clear_refs', '5');
  const stop = startWatch();
  const result = await step.run(context);
  steps[step.name] = { ...stop(), peakMb: readPeak() };
  if (result.endsRun) break;
}
const total = stopWatch();
for (const dispose of disposals) await dispose();
await landing.close();
const figures: Figures = {
  total,
  steps,
  relations,
  syncs: { calls: syncs.calls, seconds: round(syncs.seconds) },
};
console.log(JSON.stringify(figures));

/** Counts and times every call of every part that waits for the disk, or lets it return at once. */
async function watchSyncs(): Promise<{ calls: number; seconds: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'groovelake-bench-'));
  const handle = await open(join(folder, 'any'), 'w');
  const prototype = Object.getPrototypeOf(handle) as { sync(): Promise<void> };
  await handle.close();
  rmSync(folder, { recursive: true });
  const own = prototype.sync;
  const found = { calls: 0, seconds: 0 };
  prototype.sync = async function (this: unknown) {
    const from = performance.now();
    if (!process.env.BENCH_NO_SYNC) await own.call(this);
    found.seconds += (performance.now() - from) / 1_000;
    found.calls += 1;
  };
  return found;
}

function watchRelations(store: SnapshotStore): SnapshotStore {
  return {
    ...store,
    beginCandidate: async (current) => {
      const candidate = await store.beginCandidate(current);
      const watch =
        <Words extends [unknown, { layer: string; name: string }, ...unknown[]], Result>(
          write: (...words: Words) => Promise<Result>,
        ) =>
        async (...words: Words) => {
          const stop = startWatch();
          const result = await write(...words);
          relations[`${words[1].layer}.${words[1].name}`] = stop();
          return result;
        };
      return {
        ...candidate,
        writeRelation: watch<
          Parameters<Candidate['writeRelation']>,
          Awaited<ReturnType<Candidate['writeRelation']>>
        >(candidate.writeRelation),
        updateRelation: watch<
          Parameters<Candidate['updateRelation']>,
          Awaited<ReturnType<Candidate['updateRelation']>>
        >(candidate.updateRelation),
      };
    },
  };
}

function startWatch(): () => Spent {
  const from = performance.now();
  const usedBefore = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(usedBefore);
    return { seconds: round((performance.now() - from) / 1_000), cpuSeconds: round((user + system) / 1e6) };
  };
}

function readPeak(): number {
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Math.round(Number(kilobytes) / 1_024);
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
