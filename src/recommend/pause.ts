// Where long work lets others in. One queue for all of it: of those who wait here one goes on in a turn of the event loop, however many
// searches there are.
import { CancelledError, isGroovelakeError } from '../errors.ts';
import { createTurnQueue } from '../turns.ts';

const inItsTurn = createTurnQueue();

/**
 * Lets the event loop do what else is waiting.
 *
 * @throws GroovelakeError when nobody waits for this work any more: the signal's reason, or CANCELLED where it has none of ours
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  await new Promise<void>(inItsTurn);
  if (!signal?.aborted) return;
  const { reason } = signal;
  throw isGroovelakeError(reason) ? reason : new CancelledError(undefined, { cause: reason });
}
