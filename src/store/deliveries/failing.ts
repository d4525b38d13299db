// Whether an address does not take what it is sent, in words for whoever must mend it: by its origin alone, as its path may be a secret.
import type { AddressState } from './delivery-store.ts';

/** One or two failures are a restart of the receiver; the third comes half a minute after the first. */
const FAILING_TRIES = 3;
/** So long after it was given up nobody is alarmed by it any more; the next notice tells whether the address works by now. */
const LASTING_MS = 24 * 3_600_000;

/** Null: it took the last that it was sent, or will soon be tried again. */
export function describeFailing({ url, latest, givenUp }: AddressState, now: number): string | null {
  if (!latest || latest.state === 'DELIVERED') return null;
  const isGivenUp = latest.state === 'GIVEN_UP';
  if (isGivenUp ? now - latest.nextAt > LASTING_MS : latest.tries < FAILING_TRIES) return null;
  const lost = givenUp === 0 ? '' : ` ${describeGivenUp(givenUp)} and will not be sent again.`;
  return `The webhook at ${new URL(url).origin} does not take what it is told (${latest.lastError}).${lost} Mend the address, or its receiver.`;
}

/** "1 notice was given up" */
export function describeGivenUp(count: number): string {
  return count === 1 ? '1 notice was given up' : `${count} notices were given up`;
}
