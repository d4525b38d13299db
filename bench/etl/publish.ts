// Builds and publishes what is sealed, without the similarity index: `node bench/etl/publish.ts DATA_FOLDER [BATCH_TO_SEAL]`.
// Prints one line of JSON: seconds and peak memory (RSS, MB) by step, processor seconds, and what waiting for the disk cost.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { bronzeStep } from '../../src/pipeline/bronze.ts';
import { goldStep, silverStep, warehouseStep } from '../../src/pipeline/build.ts';
import { checksStep } from '../../src/pipeline/checks.ts';
import { publishStep } from '../../src/pipeline/publish.ts';
import type { StepContext } from '../../src/pipeline/step.ts';
import { openSqliteLanding } from '../../src/store/landing/sqlite.ts';
import { type Files, localFiles } from '../../src/store/snapshots/files.ts';
import { createSnapshotStore } from '../../src/store/snapshots/local.ts';

const [dataDir, batch] = process.argv.slice(2);
if (!dataDir) throw new Error('usage: publish.ts DATA_FOLDER [BATCH_TO_SEAL]');

const config = readConfig({ ...process.env, GROOVELAKE_DATA_DIR: dataDir });
const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
if (batch) await landing.sealBatch(batch, systemClock.now());
let syncMs = 0;
let syncs = 0;
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
  snapshots: createSnapshotStore({
    dataDir,
    clock: systemClock,
    random: systemRandomness,
    files: timeSyncs(),
  }),
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

const seconds: Record<string, number> = {};
const peakMb: Record<string, number | null> = {};
const started = performance.now();
const usedBefore = process.cpuUsage();
for (const step of [bronzeStep, silverStep, goldStep, warehouseStep, checksStep, publishStep]) {
  forgetPeak();
  const from = performance.now();
  const result = await step.run(context);
  seconds[step.name] = round((performance.now() - from) / 1_000);
  peakMb[step.name] = readPeak();
  if (process.env.BENCH_VERBOSE) console.error(step.name, seconds[step.name], 's', peakMb[step.name], 'MB');
  if (result.endsRun) break;
}
const total = round((performance.now() - started) / 1_000);
for (const dispose of disposals) await dispose();
await landing.close();
const { user, system } = process.cpuUsage(usedBefore);
console.log(
  JSON.stringify({
    seconds: { ...seconds, total },
    cpuSeconds: round((user + system) / 1e6),
    syncs,
    syncMs: Math.round(syncMs),
    peakMb,
  }),
);

/** The files of snapshots with a stop watch on every call that waits for the disk. */
function timeSyncs(): Files {
  const timed =
    <Words extends unknown[]>(call: (...words: Words) => Promise<void>) =>
    async (...words: Words) => {
      const from = performance.now();
      await call(...words);
      syncMs += performance.now() - from;
      syncs += 1;
    };
  return {
    ...localFiles,
    syncFile: timed(localFiles.syncFile),
    syncFolder: timed(localFiles.syncFolder),
  };
}

/** The kernel counts the peak anew from here on. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function readPeak(): number | null {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
  return kilobytes ? Math.round(Number(kilobytes) / 1_024) : null;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
