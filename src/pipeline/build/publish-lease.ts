// A run's hold on what is published: it waits for the publish lease, and stops when it has lost it.
import { GroovelakeError, invariant } from '../../errors.ts';
import { type Lease, waitForLease } from '../../store/runs/lease.ts';
import { publishTerms } from '../../store/runs/publish-lease.ts';
import { findPublisher, namePublishHolder } from '../../store/runs/publisher.ts';
import type { StepContext } from '../step.ts';

const PAUSE_MS = 500;
const PATIENCE_MS = 300_000;
const KEY = 'publish-lease';

/** One build at a time, whoever started it: held until the run ends. Where it is lost, the run ends with an error that may pass. */
export async function holdPublishLease(context: StepContext): Promise<void> {
  const { scope } = context;
  // An earlier try of the step has it already.
  const held = scope.get<Lease>(KEY);
  if (held) return held.confirm();
  const lease = await waitForPublishLease(context);
  lease.signal.addEventListener('abort', () => scope.abort(lease.signal.reason));
  scope.set(KEY, lease, () => lease.release());
}

/** @throws GroovelakeError (RUN_STATE, retryable) when another run has, or has had, the lease */
export async function confirmPublishLease({ scope }: Pick<StepContext, 'scope'>): Promise<void> {
  const lease = scope.get<Lease>(KEY);
  invariant(lease, 'the bronze step takes the publish lease');
  await lease.confirm();
}

function waitForPublishLease({ runs, clock, claim, progress, signal }: StepContext): Promise<Lease> {
  const nameOther = async () => (await findPublisher(runs, clock.now()))?.name ?? 'another publish';
  return waitForLease(runs, publishTerms(namePublishHolder(claim)), {
    clock,
    signal,
    pauseMs: PAUSE_MS,
    mostMs: PATIENCE_MS,
    onWait: async () => progress(0, null, `waiting for ${await nameOther()} to end`),
    busy: async () =>
      new GroovelakeError(
        'RUN_STATE',
        `What is published has been held for five minutes, now by ${await nameOther()}. Wait for it, or end it, then try again.`,
        { isRetryable: true },
      ),
  });
}
