// One at a time works on an account's folder: a run that lands or merges its plays, or whoever forgets it. So nothing of an account that
// is being forgotten comes back.
import { createHash } from 'node:crypto';
import type { Clock, Randomness } from '../clock.ts';
import { GroovelakeError } from '../errors.ts';
import type { RunStore } from '../store/runs/run-store.ts';

export interface LeaseParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly signal?: AbortSignal;
}

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const TURN_MS = 200;
/** An export of a million plays lands in less. */
const MAX_WAIT_MS = 120_000;

/** An account where runs and sources keep something about it: the id itself goes with the account, and there nothing does. */
export function digestAccount(accountId: string): string {
  return createHash('sha256').update(`account ${accountId}`).digest('hex').slice(0, 24);
}

/** The leases under which an account is worked on, and its login renewed. */
export function nameLeases(accountId: string): { work: string; login: string } {
  const digest = digestAccount(accountId);
  return { work: `listening ${digest}`, login: `account ${digest}` };
}

/**
 * Does work that nobody else may do on this account meanwhile.
 *
 * @param work is handed a signal that aborts when the caller's does, or when the lease was lost
 * @throws GroovelakeError (RUN_STATE, retryable) when somebody else is at work for two minutes
 */
export async function holdAccount<R>(
  { runs, clock, random, signal }: LeaseParts,
  accountId: string,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { work: name } = nameLeases(accountId);
  const holder = random.hex(8);
  const acquire = () => runs.acquireLease(name, holder, clock.now(), LEASE_MS);
  for (let waited = 0; !(await acquire()); waited += TURN_MS) {
    if (waited >= MAX_WAIT_MS) throw busy(accountId);
    await clock.sleep(TURN_MS, signal);
  }
  const lost = new AbortController();
  let renewing = Promise.resolve();
  const stopRenewing = clock.every(RENEW_MS, () => {
    renewing = acquire().then(
      (lease) => {
        if (!lease) lost.abort(busy(accountId));
      },
      // The store may answer next time; a lease that is over is taken by somebody else, and then we hear of it.
      () => {},
    );
  });
  try {
    return await work(signal ? AbortSignal.any([signal, lost.signal]) : lost.signal);
  } finally {
    stopRenewing();
    await renewing;
    await runs.releaseLease(name, holder);
  }
}

function busy(accountId: string): GroovelakeError {
  return new GroovelakeError(
    'RUN_STATE',
    `Somebody else is at work on account "${accountId}". Wait for the run of HISTORY to end or cancel it, then try again.`,
    { isRetryable: true },
  );
}
