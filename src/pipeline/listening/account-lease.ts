// One at a time works on an account's folder: a run that lands or merges its plays, or whoever forgets it. So nothing of an account that
// is being forgotten comes back.
import { createHash } from 'node:crypto';
import type { Clock, Randomness } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';
import { waitForLease } from '../../store/runs/lease.ts';
import type { RunStore } from '../../store/runs/run-store.ts';

export interface LeaseParts {
  readonly runs: RunStore;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly signal?: AbortSignal;
}

const LEASE_MS = 30_000;
const PAUSE_MS = 200;
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
export function holdAccount<R>(
  parts: LeaseParts,
  accountId: string,
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const message = `Somebody else is at work on account "${accountId}". Wait for the run of HISTORY to end or cancel it, then try again.`;
  return hold(parts, { name: nameLeases(accountId).work, mostMs: MAX_WAIT_MS, message }, work);
}

/** Renews the account's login while nobody else does. @throws GroovelakeError (RUN_STATE, retryable) when somebody else does for a minute */
export function holdLogin<R>(parts: LeaseParts, accountId: string, work: () => Promise<R>): Promise<R> {
  const message = 'Another process renews the login and does not end. Try again later.';
  return hold(parts, { name: nameLeases(accountId).login, mostMs: 2 * LEASE_MS, message }, work);
}

async function hold<R>(
  { runs, clock, random, signal }: LeaseParts,
  { name, mostMs, message }: { name: string; mostMs: number; message: string },
  work: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const busy = (cause?: unknown) => new GroovelakeError('RUN_STATE', message, { isRetryable: true, cause });
  const terms = { name, holder: random.hex(8), ms: LEASE_MS, lost: busy };
  const lease = await waitForLease(runs, terms, { clock, signal, pauseMs: PAUSE_MS, mostMs, busy });
  try {
    return await work(signal ? AbortSignal.any([signal, lease.signal]) : lease.signal);
  } finally {
    await lease.release();
  }
}
