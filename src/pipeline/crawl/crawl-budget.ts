// How many requests a crawl may make of each family, and when it may make more: counted over all tries of the run, kills included.
import { isAhead } from '../../clock.ts';
import { GroovelakeError } from '../../errors.ts';

/** As kept in the run. */
export interface BudgetState {
  /** Milliseconds since 1970. */
  readonly windowStart: number;
  /** Requests by family that may have been made: never fewer than were. */
  readonly reserved: Readonly<Record<string, number>>;
}

export interface CrawlBudget {
  /** Pays for one request. @throws BudgetUsedUpError */
  spend(family: string): Promise<void>;
  /** What is left by family; null without a limit. */
  left(family: string): number | null;
  /** To be kept; null without a limit. */
  state(): BudgetState | null;
  /** Gives back what was reserved and not used; before the run is left in good order. */
  settle(): void;
}

export interface BudgetOptions {
  /** Most requests of a family in a window; undefined for no limit. */
  readonly maxRequests: number | undefined;
  readonly windowMs: number;
  readonly now: () => number;
  readonly kept: BudgetState | null;
  /** Keeps the state; called before requests that it does not cover yet are made. */
  readonly keep: () => Promise<void>;
}

/** The run has made all the requests of a family that it was given; more from `until` on. */
export class BudgetUsedUpError extends GroovelakeError {
  readonly until: number;

  constructor(family: string, maxRequests: number, until: number) {
    super(
      'SOURCE_DEFERRED',
      `The ${maxRequests} requests that this run may make of "${family}" are used up until ${new Date(until).toISOString()}.`,
      { isRetryable: true },
    );
    this.until = until;
  }
}

/** A kill costs at most this share of the budget: so many requests are written down before they are made. */
const BLOCK_SHARE = 0.05;

export function createBudget({ maxRequests, windowMs, now, kept, keep }: BudgetOptions): CrawlBudget {
  if (maxRequests === undefined)
    return { spend: async () => {}, left: () => null, state: () => null, settle: () => {} };
  const block = Math.max(1, Math.floor(maxRequests * BLOCK_SHARE));
  let windowStart = kept?.windowStart ?? now();
  const reserved = new Map(Object.entries(kept?.reserved ?? {}));
  const spent = new Map(reserved);
  const renew = () => {
    // One that begins later than now was begun by a clock that was ahead, and would never end.
    if (now() < windowStart + windowMs && !isAhead(windowStart, now())) return;
    windowStart = now();
    reserved.clear();
    spent.clear();
  };
  let keeping = Promise.resolve();
  const count = (all: Map<string, number>, family: string) => all.get(family) ?? 0;
  return {
    spend: async (family) => {
      renew();
      const next = count(spent, family) + 1;
      if (next > maxRequests) throw new BudgetUsedUpError(family, maxRequests, windowStart + windowMs);
      // Counted before the wait, so that calls side by side do not take the same one.
      spent.set(family, next);
      if (next > count(reserved, family)) {
        reserved.set(family, Math.min(maxRequests, next + block - 1));
        keeping = keep();
      }
      // Whoever pays from a block that is being written down waits for it too.
      await keeping;
    },
    left: (family) => {
      renew();
      return maxRequests - count(spent, family);
    },
    state: () => ({ windowStart, reserved: Object.fromEntries(reserved) }),
    settle: () => {
      for (const [family, requests] of spent) reserved.set(family, requests);
    },
  };
}
