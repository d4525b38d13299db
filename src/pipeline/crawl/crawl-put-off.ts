// Work that a source, our own budget or the step's time has put off: what else can be done goes on, and the earliest time to come back is kept.
import { GroovelakeError, SourceDeferredError } from '../../errors.ts';
import { BudgetUsedUpError } from './crawl-budget.ts';

export type PuttingOff = SourceDeferredError | BudgetUsedUpError | TimeUpError;

/** The step has used up its time: what is left of it is for a further one, at once. */
export class TimeUpError extends GroovelakeError {
  readonly until: number;

  constructor(limitMs: number, until: number) {
    super(
      'SOURCE_DEFERRED',
      `The crawl has come near the ${limitMs} ms that its step may take (GROOVELAKE_STEP_TIMEOUTS), and pauses.`,
      { isRetryable: true },
    );
    this.until = until;
  }
}

export interface PutOff {
  /** The work's result; null when it was put off, which is then known. Other errors are thrown. */
  guard<T>(work: () => Promise<T>): Promise<T | null>;
  /** @throws the error with the earliest time, if any work was put off */
  throwIfAny(): void;
  /** That error, or null. */
  findEarliest(): PuttingOff | null;
}

export function isPuttingOff(error: unknown): error is PuttingOff {
  return (
    error instanceof SourceDeferredError || error instanceof BudgetUsedUpError || error instanceof TimeUpError
  );
}

export function createPutOff(): PutOff {
  let earliest: PuttingOff | null = null;
  return {
    guard: async (work) => {
      try {
        return await work();
      } catch (error) {
        if (!isPuttingOff(error)) throw error;
        if (!earliest || error.until < earliest.until) earliest = error;
        return null;
      }
    },
    throwIfAny: () => {
      if (earliest) throw earliest;
    },
    findEarliest: () => earliest,
  };
}
