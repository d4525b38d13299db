// Whether an address does not take what it is sent, in words for whoever must mend it: by its origin alone, as its path may be a secret.
import type { AddressState } from './delivery-store.ts';

/** One or two failures are a restart of the receiver; the third comes half a minute after the first. */
const FAILING_TRIES = 3;
/** So long after it was given up nobody is alarmed by it any more; the next notice tells whether the address works by now. */
const LASTING_MS = 24 * 3_600_000;

/** Null: it has taken something since, or will soon be tried again. */
export function describeFailing({ url, waiting, lost, givenUp }: AddressState, now: number): string | null {
  const isFailing = waiting !== null && waiting.tries >= FAILING_TRIES;
  const isLost = lost !== null && now - lost.nextAt <= LASTING_MS;
  const failed = isFailing ? waiting : isLost ? lost : null;
  if (!failed) return null;
  const gone = givenUp === 0 ? '' : ` ${describeGivenUp(givenUp)} and will not be sent again.`;
  return `The webhook at ${new URL(url).origin} does not take what it is told (${failed.lastError}).${gone} Mend the address, or its receiver.`;
}

/** "1 notice was given up" */
export function describeGivenUp(count: number): string {
  return count === 1 ? '1 notice was given up' : `${count} notices were given up`;
}
