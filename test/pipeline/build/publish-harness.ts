// Publishes what is landed in a temp folder: the steps from bronze to publish without the index, over the real stores and files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandomness } from '../../../src/clock.ts';
import { readConfig } from '../../../src/config.ts';
import { bronzeStep } from '../../../src/pipeline/build/bronze.ts';
import { goldStep, silverStep, warehouseStep } from '../../../src/pipeline/build/build.ts';
import { checksStep } from '../../../src/pipeline/build/checks.ts';
import { publishStep } from '../../../src/pipeline/build/publish.ts';
import type { StepContext } from '../../../src/pipeline/step.ts';
import type { LandedDocument, LandingStore } from '../../../src/store/landing/landing-store.ts';
import { openSqliteLanding } from '../../../src/store/landing/sqlite.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';

export interface Publisher {
  readonly dataDir: string;
  readonly landing: LandingStore;
  /** Lands and seals a batch. */
  addBatch(id: string, documents: readonly LandedDocument[]): Promise<void>;
  /**
   * Of two with the same parameters object the second is a retry of the run.
   *
   * @returns the snapshot, or null when there was nothing to do, what the bronze step said, how many rows each step says it wrote and set
   *   aside, and what was told on the way
   */
  publish(parameters?: Record<string, unknown>, signal?: AbortSignal): Promise<Published>;
  close(): Promise<void>;
}

export interface Published {
  readonly manifest: Manifest | null;
  readonly message: string;
  readonly rowsOut: Readonly<Record<string, number>>;
  readonly rowsRejected: Readonly<Record<string, number | undefined>>;
  readonly events: readonly string[];
}

/** @param acquireLease what the store answers when the publish lease is asked for; granted unless stated */
export async function openPublisher(
  env: Record<string, string> = {},
  acquireLease: () => Promise<{ fence: number } | null> = async () => ({ fence: 1 }),
): Promise<Publisher> {
  const dataDir = await mkdtemp(join(tmpdir(), 'groovelake-publish-'));
  const config = readConfig({
    GROOVELAKE_INCREMENTAL_MAX_PERCENT: '100',
    ...env,
    GROOVELAKE_DATA_DIR: dataDir,
  });
  const landing = openSqliteLanding(join(dataDir, 'landing.sqlite'));
  const snapshots = createSnapshotStore({ dataDir, clock: systemClock, random: systemRandomness });
  let opened = 0;
  const known = new Map<object, Record<string, unknown>>();
  return {
    dataDir,
    landing,
    addBatch: async (id, documents) => {
      await landing.openBatch({ id, source: 'test', runId: `run-${id}`, openedAt: opened++ });
      await landing.land(id, documents);
      await landing.sealBatch(id, opened);
    },
    publish: async (parameters = {}, signal = new AbortController().signal) => {
      const disposals: (() => Promise<void> | void)[] = [];
      const values = new Map<string, unknown>();
      const events: string[] = [];
      const run = known.get(parameters) ?? { id: `run-${known.size}`, pipeline: 'TRANSFORM', parameters };
      known.set(parameters, run);
      const context = {
        run,
        claim: { runId: run.id, fence: 1 },
        config,
        // Nothing is renewed by itself: how often the store is asked must not hang on how long a build takes.
        clock: { ...systemClock, every: () => () => {} },
        landing,
        snapshots,
        runs: {
          acquireLease,
          releaseLease: async () => {},
          heartbeat: async () => ({}),
          findRun: async () => known.get(parameters),
          setCheckpoint: async (_claim: unknown, checkpoint: unknown) =>
            void known.set(parameters, { ...run, checkpoint }),
        },
        signal,
        scope: {
          get: (key: string) => values.get(key),
          set: (key: string, value: unknown, dispose?: () => Promise<void> | void) => {
            values.set(key, value);
            if (dispose) disposals.unshift(dispose);
            return value;
          },
          abort: () => {},
        },
        progress: () => {},
        event: (_level: string, _type: string, told: string) => void events.push(told),
      } as unknown as StepContext;
      try {
        let message = '';
        const rowsOut: Record<string, number> = {};
        const rowsRejected: Record<string, number | undefined> = {};
        const said = { rowsOut, rowsRejected, events };
        for (const step of [bronzeStep, silverStep, goldStep, warehouseStep, checksStep, publishStep]) {
          const result = await step.run(context);
          if (step === bronzeStep) message = result.message ?? '';
          rowsOut[step.name] = result.rowsOut ?? 0;
          rowsRejected[step.name] = result.rowsRejected;
          if (result.endsRun) return { manifest: null, message, ...said };
        }
        return { manifest: (await snapshots.readCurrent())?.manifest ?? null, message, ...said };
      } finally {
        for (const dispose of disposals) await dispose();
      }
    },
    close: async () => {
      await landing.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
