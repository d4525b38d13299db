// A run's hold on what is published: it waits for its turn, and stops when it has lost it.
import { GroovelakeError, invariant } from '../errors.ts';
import { type PublishLease, takePublishLease } from '../store/runs/publish-lease.ts';
import { findPublisher, namePublishHolder } from '../store/runs/publisher.ts';
import type { StepContext } from './step.ts';

const TURN_MS = 500;
const PATIENCE_MS = 300_000;
const KEY = 'publish-lease';

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
    const other = (await findPublisher(runs, clock.now()))?.name ?? 'another publish';
    if (waited >= PATIENCE_MS) {
      throw new GroovelakeError(
        'RUN_STATE',
        `What is published has been held by ${other} for five minutes. Wait for it, or end it, then try again.`,
        { isRetryable: true },
      );
    }
    progress(0, null, `waiting for ${other} to end`);
    await clock.sleep(TURN_MS, signal);
  }
}
