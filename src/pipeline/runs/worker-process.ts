// A worker's process: its stores, its claim, its signals. worker.ts starts it with the real steps.
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock, systemRandomness } from '../../clock.ts';
import { type Config, readConfig } from '../../config.ts';
import { createLog, type Log } from '../../log.ts';
import { renewReserve } from '../../store/disk-space.ts';
import { openStores } from '../../store/open-stores.ts';
import type { Run } from '../../store/runs/run-store.ts';
import { createSnapshotStore } from '../../store/snapshots/local.ts';
import type { Step } from '../step.ts';
import { executeRun } from './execute-run.ts';
import type { WorkerMessage } from './worker-handle.ts';
import { nameWorker } from './worker-identity.ts';

/** Of sysexits.h: the command was used incorrectly. */
const EXIT_USAGE = 64;

/**
 * Works on the run named by `--run ID` and ends the process: 0 when the run has been looked after, whatever became of it, or belongs
 * to somebody else; 1 when this process could not do that.
 *
 * SIGTERM and the loss of the parent park the run: it is WAITING, for at once, and goes on in the next server's worker. With
 * `--ends-with-command` it is cancelled instead.
 */
export async function startWorkerProcess(steps: readonly Step[]): Promise<never> {
  const { run: runId, 'ends-with-command': endsWithCommand } = parseArgs({
    options: { run: { type: 'string' }, 'ends-with-command': { type: 'boolean' } },
    strict: false,
  }).values;
  if (typeof runId !== 'string') {
    process.stderr.write(
      'worker: --run ID is expected; the dispatcher starts workers, nobody else needs to.\n',
    );
    return process.exit(EXIT_USAGE);
  }
  const config = readConfig(process.env);
  const log = createLog({
    level: config.logLevel,
    format: config.logFormat,
    write: (line) => process.stderr.write(`${line}\n`),
    now: systemClock.now,
    fields: { worker: process.pid },
  });
  yieldToServer();
  const stop = new AbortController();
  for (const event of ['SIGTERM', 'disconnect']) process.on(event, () => stop.abort());
  // Ctrl-C reaches every process of a terminal; what it means for this one is for the parent to say.
  process.on('SIGINT', () => {
    if (!process.connected) stop.abort();
  });
  // The parent may die between the look and the sending, which must not end this process before it has parked its run.
  const send = (message: WorkerMessage) => {
    if (process.connected) process.send?.(message, () => {});
  };
  try {
    await workOnRun(runId, {
      config,
      log,
      steps,
      signal: stop.signal,
      endsWithCommand: endsWithCommand === true,
      onChange: () => send({ kind: 'changed', runId }),
      onClaim: (fence) => send({ kind: 'claimed', runId, fence }),
    });
    return process.exit(0);
  } catch (error) {
    log.error('The worker failed', { run: runId, error });
    return process.exit(1);
  }
}

export interface WorkOptions {
  readonly config: Config;
  readonly log: Log;
  /** The steps of all pipelines unless stated. */
  readonly steps?: readonly Step[];
  /** As worker-identity.ts names this process unless stated. */
  readonly workerId?: string;
  readonly signal: AbortSignal;
  /** Whether the run is cancelled when the signal aborts, and not tried again when this process dies; parked and tried again unless stated. */
  readonly endsWithCommand?: boolean;
  readonly onChange?: () => void;
  readonly onClaim?: (fence: number) => void;
}

/** Claims a run and executes it in this process. Null: somebody else has it. */
export async function workOnRun(runId: string, options: WorkOptions): Promise<Run | null> {
  const { config, log, signal, endsWithCommand = false, onChange = () => {} } = options;
  const stores = await openStores(config);
  const { runs, landing } = stores;
  try {
    // Not to be had: then the run's end may not be written, which is no reason not to begin.
    await renewReserve(config.dataDir).catch(() => {});
    const claimed = await runs.claimRun(runId, {
      id: options.workerId ?? nameWorker(process.pid, systemRandomness),
      now: systemClock.now(),
      leaseMs: config.leaseMs,
      endsWithCommand,
    });
    if (!claimed) return null;
    options.onClaim?.(claimed.fence);
    onChange();
    const ports = { clock: systemClock, random: systemRandomness };
    const snapshots = createSnapshotStore({ dataDir: config.dataDir, ...ports });
    const steps = options.steps ?? (await import('../pipelines.ts')).STEPS;
    const onStop = endsWithCommand ? 'CANCEL' : 'PARK';
    const parts = { config, log, runs, landing, snapshots, steps, ...ports };
    return await executeRun(claimed, { ...parts, signal, onStop, onChange });
  } finally {
    await stores.close();
  }
}

/** The server answers queries on the same cores and in the same memory: it goes first, and is the last to be killed. */
function yieldToServer(): void {
  setPriority(10);
  try {
    writeFileSync('/proc/self/oom_score_adj', '500');
  } catch {
    // Linux only.
  }
}
