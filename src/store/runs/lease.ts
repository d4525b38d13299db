// Named leases of the run store as whoever holds one has them: renewed while the work goes on, and lost when somebody else has had them.
import type { Clock } from '../../clock.ts';
import type { GroovelakeError } from '../../errors.ts';
import type { RunStore } from './run-store.ts';

/** No caller asks for a longer lease. */
export const MAX_LEASE_MS = 24 * 3_600_000;

export type LeaseStore = Pick<RunStore, 'acquireLease' | 'releaseLease'>;

export interface LeaseTerms {
  readonly name: string;
  /** Who wants it. Another of the same name would have it too. */
  readonly holder: string;
  /** It is renewed six times as often. */
  readonly ms: number;
  /** What whoever lost it is told. */
  readonly lost: (cause?: unknown) => GroovelakeError;
}

export interface Lease {
  /** Aborts once the lease is lost, with the error that confirm() throws. */
  readonly signal: AbortSignal;
  /**
   * Renews the lease now, so that there is time for what must not be done twice.
   *
   * @throws what `lost` makes when somebody else has it, or has had it meanwhile
   */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** Takes a lease and renews it until it is released; null while somebody else has it. */
export async function takeLease(
  runs: LeaseStore,
  { name, holder, ms, lost: makeLost }: LeaseTerms,
  clock: Clock,
): Promise<Lease | null> {
  const acquire = () => runs.acquireLease(name, holder, clock.now(), ms);
  // On the clock that never steps, and from before the question: the store may have answered at once or late.
  let renewedAt = clock.monotonic();
  const taken = await acquire();
  if (!taken) return null;
  const lost = new AbortController();

  const confirm = async () => {
    lost.signal.throwIfAborted();
    const askedAt = clock.monotonic();
    const renewed = await acquire();
    // A greater fence: somebody took the lease, used it and let it go while this process slept.
    if (renewed?.fence === taken.fence) renewedAt = askedAt;
    else lost.abort(makeLost());
    lost.signal.throwIfAborted();
  };
  let renewing = Promise.resolve();
  const stop = clock.every(ms / 6, () => {
    if (lost.signal.aborted) return;
    renewing = confirm().catch((error: unknown) => {
      if (clock.monotonic() - renewedAt >= ms) lost.abort(makeLost(error));
    });
  });
  return {
    signal: lost.signal,
    confirm,
    release: async () => {
      stop();
      // A renewal under way would take it once more after it was let go.
      await renewing;
      await runs.releaseLease(name, holder);
    },
  };
}

export interface Patience {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly pauseMs: number;
  readonly mostMs: number;
  readonly busy: () => GroovelakeError | Promise<GroovelakeError>;
  /** Called before each pause. */
  readonly onWait?: () => void | Promise<void>;
}

/** Takes a lease, and waits for it while somebody else has it. @throws what `busy` makes when that takes longer than `mostMs` */
export async function waitForLease(
  runs: LeaseStore,
  terms: LeaseTerms,
  { clock, signal, pauseMs, mostMs, busy, onWait }: Patience,
): Promise<Lease> {
  for (let waited = 0; ; waited += pauseMs) {
    const lease = await takeLease(runs, terms, clock);
    if (lease) return lease;
    if (waited >= mostMs) throw await busy();
    await onWait?.();
    await clock.sleep(pauseMs, signal);
  }
}
