// The lease under which one at a time changes what is published: a run that builds, a rollback, a sweep by hand.
import type { Clock } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import type { RunStore } from './run-store.ts';

export const PUBLISH_LEASE = 'publish';
const LEASE_MS = 60_000;

export interface PublishLease {
  /** Aborts once the lease is lost, with the error that confirm() throws. */
  readonly signal: AbortSignal;
  /**
   * Renews the lease now, so that there is time for a commit.
   *
   * @throws GroovelakeError (RUN_STATE, retryable) when somebody else has it, or has had it meanwhile
   */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

/** Takes the lease and renews it until it is released; null while somebody else has it. */
export async function takePublishLease(
  runs: Pick<RunStore, 'acquireLease' | 'releaseLease'>,
  holder: string,
  clock: Clock,
): Promise<PublishLease | null> {
  const acquire = () => runs.acquireLease(PUBLISH_LEASE, holder, clock.now(), LEASE_MS);
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
    else lost.abort(makeLostError());
    lost.signal.throwIfAborted();
  };
  const stop = clock.every(LEASE_MS / 6, () => {
    if (lost.signal.aborted) return;
    confirm().catch((error: unknown) => {
      if (clock.monotonic() - renewedAt >= LEASE_MS) lost.abort(makeLostError(error));
    });
  });
  return {
    signal: lost.signal,
    confirm,
    release: async () => {
      stop();
      await runs.releaseLease(PUBLISH_LEASE, holder);
    },
  };
}

function makeLostError(cause?: unknown): GroovelakeError {
  return new GroovelakeError(
    'RUN_STATE',
    'The right to publish was lost, as after a sleep of the machine or a step of its clock, and another may be publishing now. ' +
      'Nothing was published by this one; try again.',
    { isRetryable: true, cause },
  );
}
