// A worker's hold on its run: heartbeats extend the lease, and bring the news that a cancel was asked for or that another worker has
// taken over. A worker that cannot extend its lease in time stops by itself, since another may begin.
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { CancelledError, GroovelakeError, isGroovelakeError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { Claim, RunStore } from '../../store/runs/run-store.ts';

/** A cancel is heard of within this time, whatever the heartbeat. */
const LOOK_MS = 500;

export interface RunLease {
  /** Aborts with the reason the run must stop for: CancelledError, or FENCED. */
  readonly signal: AbortSignal;
  /** Whether the run belongs to somebody else now: not a word more may be written about it. */
  isLost(): boolean;
  /** Stops the heartbeat; resolves when the last one is over. */
  release(): Promise<void>;
}

export function holdLease(
  claim: Claim,
  { runs, clock, log, config }: { runs: RunStore; clock: Clock; log: Log; config: Config },
): RunLease {
  const stop = new AbortController();
  // On the clock that never steps: a stopped process (SIGSTOP) sees at once that its time is over.
  let lastBeat = clock.monotonic();
  let looking: Promise<void> | null = null;
  let isLost = false;

  const lose = (cause: unknown) => {
    isLost = true;
    stop.abort(
      isFenced(cause)
        ? cause
        : new GroovelakeError('FENCED', `The lease of run "${claim.runId}" is over; this worker must stop.`, {
            cause,
          }),
    );
  };
  const hearCancel = (reason: string | null) =>
    stop.abort(new CancelledError(reason ?? 'The run was cancelled.'));

  const beat = async () => {
    const began = clock.monotonic();
    const heard = await runs.heartbeat(claim, { now: clock.now(), leaseMs: config.leaseMs });
    lastBeat = began;
    if (heard.cancelRequested) hearCancel(heard.cancelReason);
  };
  /** Between two heartbeats reading is enough, and disturbs no other writer. */
  const read = async () => {
    const run = await runs.findRun(claim.runId);
    if (run?.fence !== claim.fence) lose(undefined);
    else if (run.cancelRequestedAt !== null) hearCancel(run.cancelReason);
  };
  const look = async () => {
    try {
      await (clock.monotonic() - lastBeat >= config.heartbeatMs ? beat() : read());
    } catch (error) {
      if (isFenced(error)) return lose(error);
      log.warn('The lease could not be renewed', { error });
      if (clock.monotonic() - lastBeat >= config.leaseMs) lose(error);
    }
  };
  const stopLooking = clock.every(Math.min(LOOK_MS, config.heartbeatMs), () => {
    if (isLost || looking) return;
    looking = look().finally(() => {
      looking = null;
    });
  });

  return {
    signal: stop.signal,
    isLost: () => isLost,
    release: async () => {
      stopLooking();
      await looking;
    },
  };
}

export function isFenced(error: unknown): boolean {
  return isGroovelakeError(error) && error.code === 'FENCED';
}
