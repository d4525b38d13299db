// Starts a worker for every run that may go on, notices when one dies, and takes them down with the server.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { isDiskFull } from '../../errors.ts';
import { type Log, sayErrorsSeldom } from '../../log.ts';
import { releaseReserve } from '../../store/disk-space.ts';
import type { Run, RunStore } from '../../store/runs/run-store.ts';
import { createRecovery } from './recovery.ts';
import { forkWorker, type WorkerHandle, type WorkerStart } from './worker-handle.ts';

export type { WorkerHandle, WorkerMessage } from './worker-handle.ts';

export interface Dispatcher {
  /** Looks for runs to start, now. */
  wake(): void;
  /** Ends what a dead server left RUNNING, then goes on by itself. */
  start(): Promise<void>;
  /** Starts nothing more, tells the workers to stop, and kills those that have not after the deadline: their runs are parked too. */
  drain(deadlineMs: number): Promise<void>;
}

export interface DispatcherOptions {
  readonly config: Config;
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly spawnWorker?: (runId: string, how: WorkerStart) => WorkerHandle;
  /** Runs that may be started here; unless stated every one. */
  readonly mayStart?: (runId: string) => boolean;
  /** The lease by which this process reserves runs for itself; unless stated it reserves none. */
  readonly reservation?: string;
  /** Whether a run that is started here ends with this process, which is a command; unless stated none does. */
  readonly endsWithCommand?: (runId: string) => boolean;
  /** Called when a run has changed. */
  readonly onChange: (runId: string) => void;
  /** Called when a worker has ended, and with it as a rule its run, or its work on it for now. */
  readonly onExit?: (runId: string) => void;
}

/** Parked runs and runs of other processes are looked for so often; triggers of this process wake it at once. */
const TICK_MS = 1_000;
/** After a full disk no run is started for so long: it would fill it again, or end before it has begun. */
const PAUSE_MS = 60_000;
const DISK_IS_FULL =
  'The disk of the data folder is full. Free space on it: what ended is then recorded, and runs go on by themselves';
/** A cancelled run ends itself after the grace time (run-step.ts); its process is killed so much later. */
const KILL_AFTER_MS = 1_000;

interface Worker {
  readonly run: Run;
  readonly handle: WorkerHandle;
  readonly exited: Promise<void>;
  fence: number | null;
  /** Since when, on the monotonic clock, the process should have been gone. */
  overdueSince: number | null;
}

/**
 * One worker per run, one run per pipeline, and config.maxWorkers at once; HISTORY takes no place of others and waits for none, since
 * Spotify shows the last fifty plays only and two crawls may take hours. Several runs that publish may be under way: the publish lease,
 * taken by the step bronze, makes them build one after the other.
 */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { config, runs, clock, log, onChange, mayStart = () => true } = options;
  const spawnWorker = options.spawnWorker ?? forkWorker;
  const recovery = createRecovery(options);
  const complain = sayErrorsSeldom(log, clock.monotonic);
  let startsAgainAt = Number.NEGATIVE_INFINITY;
  /** What must be written may use the space that is kept aside for it. */
  const withReserve = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      complain(DISK_IS_FULL, { error });
      await releaseReserve(config.dataDir);
      startsAgainAt = clock.monotonic() + PAUSE_MS;
      await work();
    }
  };
  const workers = new Map<string, Worker>();
  let isDraining = false;
  let isWoken = false;
  let looking = Promise.resolve();
  let stopTicking = () => {};

  const isReserved = async ({ reservedBy }: Run) =>
    reservedBy !== undefined &&
    reservedBy !== options.reservation &&
    (await runs.findLease(reservedBy, clock.now())) !== null;
  const look = async () => {
    isWoken = false;
    await withReserve(recovery.recover);
    await killOverdue(workers, options);
    if (isDraining || clock.monotonic() < startsAgainAt) return;
    for (const run of await runs.listClaimable(clock.now())) {
      if (!mayStart(run.id) || (await isReserved(run))) continue;
      const pipelines = [...workers.values()].map((worker) => worker.run.pipeline);
      if (pipelines.includes(run.pipeline) || isDraining) continue;
      const taken = pipelines.filter((pipeline) => pipeline !== 'HISTORY').length;
      if (run.pipeline === 'HISTORY' || taken < config.maxWorkers) startWorker(run);
    }
  };
  const wake = () => {
    if (isWoken || isDraining) return;
    isWoken = true;
    looking = looking.then(look).catch((error: unknown) => {
      complain('The dispatcher could not look for runs', { error });
    });
  };

  const startWorker = (run: Run) => {
    const handle = spawnWorker(run.id, { endsWithCommand: options.endsWithCommand?.(run.id) ?? false });
    const exited = new Promise<void>((resolve) => {
      handle.onExit((code, signal) => {
        void onExit(run.id, code, signal).finally(resolve);
      });
    });
    const worker: Worker = { run, handle, exited, fence: null, overdueSince: null };
    workers.set(run.id, worker);
    handle.onMessage((message) => {
      if (message.kind === 'claimed') worker.fence = message.fence;
      onChange(message.runId);
    });
  };

  const onExit = async (runId: string, code: number | null, signal: string | null) => {
    const fence = workers.get(runId)?.fence ?? null;
    const how = signal ? `was ended by ${signal}` : `ended with exit code ${code ?? 'unknown'}`;
    try {
      const end = isDraining ? recovery.park : recovery.bury;
      if (fence !== null)
        await withReserve(() => end({ runId, fence }, `Its process ${how} before the run did.`));
      // One that was told to stop before it had claimed anything leaves its run as it was.
      else if (code !== 0 && !isDraining)
        await withReserve(() => recovery.giveUp(runId, `Its process ${how} before it could begin.`));
    } catch (error) {
      complain('The end of a worker could not be recorded; its lease will say it', { run: runId, error });
    }
    workers.delete(runId);
    onChange(runId);
    options.onExit?.(runId);
    // Exit code 0 without a claim: somebody else has the run, so the next tick is soon enough.
    if (fence !== null) wake();
  };

  return {
    wake,
    start: async () => {
      await withReserve(recovery.recover);
      stopTicking = clock.every(TICK_MS, wake);
      wake();
    },
    drain: async (deadlineMs) => {
      isDraining = true;
      stopTicking();
      // Before anything is waited for: a look that is under way starts nothing more, and may hang on a store that is away.
      const left = [...workers.values()];
      for (const worker of left) worker.handle.kill('SIGTERM');
      const cancel = clock.after(deadlineMs, () => {
        for (const worker of workers.values()) worker.handle.kill('SIGKILL');
      });
      await looking;
      await Promise.all(left.map((worker) => worker.exited));
      cancel();
    },
  };
}

/** Kills the process of a run that was cancelled, or is not its own any more, and that does not end by itself. */
async function killOverdue(
  workers: ReadonlyMap<string, Worker>,
  { runs, clock, config, log }: DispatcherOptions,
): Promise<void> {
  for (const [runId, worker] of workers) {
    if (worker.fence === null) continue;
    const run = await runs.findRun(runId);
    const isDue =
      !run || run.fence !== worker.fence || run.workerId === null || run.cancelRequestedAt !== null;
    if (!isDue) {
      worker.overdueSince = null;
      continue;
    }
    worker.overdueSince ??= clock.monotonic();
    if (clock.monotonic() - worker.overdueSince < config.cancelGraceMs + KILL_AFTER_MS) continue;
    log.warn('A worker does not end and is killed', { run: runId });
    worker.handle.kill('SIGKILL');
  }
}
