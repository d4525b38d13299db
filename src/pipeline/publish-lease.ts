// A run's hold on what is published: it waits for its turn, and stops when it has lost it.
import { GroovelakeError, invariant } from '../errors.ts';
import { type PublishLease, takePublishLease } from '../store/runs/publish-lease.ts';
import type { Claim } from '../store/runs/run-store.ts';
import type { StepContext } from './step.ts';

const TURN_MS = 500;
const PATIENCE_MS = 300_000;
const KEY = 'publish-lease';

/** A run holds it per claim, so that what a dead worker held can be let go, and nothing else. */
export function namePublishHolder({ runId, fence }: Claim): string {
  return `${runId}:${fence}`;
}

/** One build at a time, whoever started it: held until the run ends. Where it is lost, the run ends with an error that may pass. */
export async function holdPublishLease(context: StepContext): Promise<void> {
  const { scope } = context;
  // An earlier try of the step has it already.
  const held = scope.get<PublishLease>(KEY);
  if (held) return held.confirm();
  const lease = await waitForLease(context);
  lease.signal.addEventListener('abort', () => scope.abort(lease.signal.reason));
  scope.set(KEY, lease, () => lease.release());
}

/** @throws GroovelakeError (RUN_STATE, retryable) when another run has, or has had, the lease */
export async function confirmPublishLease({ scope }: Pick<StepContext, 'scope'>): Promise<void> {
  const lease = scope.get<PublishLease>(KEY);
  invariant(lease, 'the bronze step takes the publish lease');
  await lease.confirm();
}

async function waitForLease({ runs, clock, claim, progress, signal }: StepContext): Promise<PublishLease> {
  for (let waited = 0; ; waited += TURN_MS) {
    const lease = await takePublishLease(runs, namePublishHolder(claim), clock);
    if (lease) return lease;
    if (waited >= PATIENCE_MS) {
      throw new GroovelakeError(
        'RUN_STATE',
        'Another run has been publishing for five minutes. Wait for it, or cancel it.',
        { isRetryable: true },
      );
    }
    progress(0, null, 'waiting for another publish to end');
    await clock.sleep(TURN_MS, signal);
  }
}
