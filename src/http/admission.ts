// Who may run now: a few dear operations, some that scan and many cheap ones at a time, a short queue for each class, and a plain refusal
// beyond.
import { GraphQLError } from 'graphql';
import { type Clock, openTurns } from '../clock.ts';
import type { Config } from '../config.ts';
import type { OperationSize } from './cost.ts';

/** dear: by its cost. scan: cheap, but it reads whole relations, so that many at once would hold up the others. */
export type CostClass = 'cheap' | 'scan' | 'dear';

export interface AdmissionGate {
  /**
   * Waits for a turn; the returned function gives it back and must be called once.
   *
   * @throws GraphQLError OVERLOADED (503 with Retry-After) when the queue is full or the wait too long; the signal's reason
   */
  enter(size: Size, signal: AbortSignal): Promise<() => void>;
  /** How many are under way and waiting, for metrics. */
  count(): Record<CostClass, { inFlight: number; queued: number }>;
}

type Size = Pick<OperationSize, 'cost' | 'scans'>;

type Limits = Pick<
  Config,
  | 'dearCost'
  | 'maxInFlight'
  | 'maxQueue'
  | 'maxScansInFlight'
  | 'maxDearInFlight'
  | 'maxDearQueue'
  | 'queueTimeoutMs'
>;

export function createAdmissionGate(limits: Limits, clock: Clock): AdmissionGate {
  const lanes = {
    cheap: createTurns('cheap operations', limits.maxInFlight, limits.maxQueue, limits.queueTimeoutMs, clock),
    scan: createTurns(
      'operations that read whole relations',
      limits.maxScansInFlight,
      limits.maxQueue,
      limits.queueTimeoutMs,
      clock,
      'scan',
    ),
    dear: createTurns(
      'dear operations',
      limits.maxDearInFlight,
      limits.maxDearQueue,
      limits.queueTimeoutMs,
      clock,
    ),
  };
  const classOf = ({ cost, scans }: Size): CostClass =>
    cost >= limits.dearCost ? 'dear' : scans ? 'scan' : 'cheap';
  return {
    enter: (size, signal) => lanes[classOf(size)].enter(signal),
    count: () => ({ cheap: lanes.cheap.count(), scan: lanes.scan.count(), dear: lanes.dear.count() }),
  };
}

export interface Turns {
  /** @throws GraphQLError OVERLOADED; the signal's reason */
  enter(signal: AbortSignal): Promise<() => void>;
  count(): { inFlight: number; queued: number };
}

/** `limit` at a time, and a queue with a longest wait. @param what names them in a refusal, in the plural @param name their class there */
export function createTurns(
  what: string,
  limit: number,
  maxQueue: number,
  timeoutMs: number,
  clock: Clock,
  name = what.split(' ')[0] ?? '',
): Turns {
  const waiting: (() => void)[] = [];
  let inFlight = 0;

  const leave = () => {
    const next = waiting.shift();
    // The turn passes on, so that nobody who comes later can take it.
    if (next) next();
    else inFlight -= 1;
  };
  const turn = () => {
    let isOver = false;
    return () => {
      if (!isOver) leave();
      isOver = true;
    };
  };

  return {
    count: () => ({ inFlight, queued: waiting.length }),
    enter: async (signal: AbortSignal): Promise<() => void> => {
      signal.throwIfAborted();
      if (inFlight < limit) {
        inFlight += 1;
        return turn();
      }
      if (waiting.length >= maxQueue) throw overloaded(what, name, limit, `${maxQueue} wait already`);
      await new Promise<void>((resolve, reject) => {
        const stop = (error: unknown) => {
          waiting.splice(waiting.indexOf(proceed), 1);
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
          reject(error);
        };
        const onAbort = () => stop(signal.reason);
        const cancelTimer = clock.after(timeoutMs, () =>
          inTheirTurn(() => {
            // Meanwhile it may have had its turn, or gone.
            if (waiting.includes(proceed))
              stop(overloaded(what, name, limit, `none ended within ${timeoutMs} ms`));
          }),
        );
        const proceed = () => {
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(proceed);
      });
      return turn();
    },
  };
}

/**
 * One refusal in a turn of the event loop. Who came together is refused together, and asks again at once: sixty-four of them in one turn held up
 * everybody else for a third of a second.
 */
const inTheirTurn = openTurns();

function overloaded(what: string, name: string, limit: number, why: string): GraphQLError {
  const advice = what.startsWith('cheap')
    ? 'Try again in a second.'
    : 'Ask for less, or try again in a second.';
  return new GraphQLError(`The server is busy: ${limit} ${what} are under way and ${why}. ${advice}`, {
    extensions: {
      code: 'OVERLOADED',
      class: name,
      limit,
      isRetryable: true,
      http: { status: 503, headers: { 'retry-after': '1' } },
    },
  });
}
