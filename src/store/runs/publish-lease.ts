// The lease under which one at a time changes what is published: a run that builds, a rollback, a sweep by hand.
import type { Clock } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import { type Lease, type LeaseStore, type LeaseTerms, takeLease } from './lease.ts';

export const PUBLISH_LEASE = 'publish';
const LEASE_MS = 60_000;

export const publishTerms = (holder: string): LeaseTerms => ({
  name: PUBLISH_LEASE,
  holder,
  ms: LEASE_MS,
  lost: makeLostError,
});

/** Takes the lease and renews it until it is released; null while somebody else has it. */
export function takePublishLease(runs: LeaseStore, holder: string, clock: Clock): Promise<Lease | null> {
  return takeLease(runs, publishTerms(holder), clock);
}

function makeLostError(cause?: unknown): GroovelakeError {
  return new GroovelakeError(
    'RUN_STATE',
    'The right to publish was lost, as after a sleep of the machine or a step of its clock, and another may be publishing now. ' +
      'Nothing was published by this one; try again.',
    { isRetryable: true, cause },
  );
}
