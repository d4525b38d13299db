// Who may run now: a few dear operations, some that scan and many cheap ones at a time, a short queue for each class, and a plain refusal
// beyond.
import { GraphQLError } from 'graphql';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config.ts';
import { createTurnQueue } from '../../turns.ts';
import { makeRefusal } from '../error-codes.ts';
import { createCallerCounts } from './caller-counts.ts';
import type { OperationSize } from './cost.ts';

/** dear: by its cost. scan: cheap, but it reads whole relations, so that many at once would hold up the others. */
export type CostClass = 'cheap' | 'scan' | 'dear';

export interface AdmissionGate {
  /**
   * Waits for a place; the returned function gives it back and must be called once. One caller has three quarters of a class's places, and of its
   * queue, at most: the rest is for others.
   *
   * @param caller whose place it is; null: of nobody who is told apart
   * @param question what several callers ask alike: those who wait for the same are one in the queue
   * @throws GraphQLError OVERLOADED (503 with Retry-After) when the queue is full or the wait too long, ShareTakenError where that is the
   *   caller's own doing; the signal's reason
   */
  enter(size: Size, signal: AbortSignal, caller?: string | null, question?: object): Promise<() => void>;
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
  const open = (options: Pick<PlacesOptions, 'what' | 'name' | 'limit' | 'maxQueue' | 'advice'>) =>
    createPlaces(
      {
        ...options,
        timeoutMs: limits.queueTimeoutMs,
        share: shareOf(options.limit),
        queueShare: shareOf(options.maxQueue),
      },
      clock,
    );
  const lanes = {
    cheap: open({
      what: 'cheap operations',
      name: 'cheap',
      limit: limits.maxInFlight,
      maxQueue: limits.maxQueue,
      // There is nothing less to ask for.
      advice: 'Try again in a second.',
    }),
    scan: open({
      what: 'operations that read whole relations',
      name: 'scan',
      limit: limits.maxScansInFlight,
      maxQueue: limits.maxQueue,
    }),
    dear: open({
      what: 'dear operations',
      name: 'dear',
      limit: limits.maxDearInFlight,
      maxQueue: limits.maxDearQueue,
    }),
  };
  const classOf = ({ cost, scans }: Size): CostClass =>
    cost >= limits.dearCost ? 'dear' : scans ? 'scan' : 'cheap';
  return {
    enter: (size, signal, caller, question) => lanes[classOf(size)].enter(signal, caller, question),
    count: () => ({ cheap: lanes.cheap.count(), scan: lanes.scan.count(), dear: lanes.dear.count() }),
  };
}

/** The last quarter, one at least, is for others; of one nobody has a share. */
function shareOf(limit: number): number {
  return Math.max(1, limit - Math.max(1, Math.floor(limit / 4)));
}

/** The caller has so many places under way, or waits for so many, himself: another caller may have one. */
export class ShareTakenError extends GraphQLError {}

export interface Places {
  /**
   * @param caller whose share it is; null: of nobody who is told apart
   * @param question those who wait for the same are one in the queue; whoever states none waits alone
   * @throws GraphQLError OVERLOADED; the signal's reason
   */
  enter(signal: AbortSignal, caller?: string | null, question?: object): Promise<() => void>;
  count(): { inFlight: number; queued: number };
}

/** Who waits for a place; whoever lets him proceed has taken it for him. */
interface Waiting {
  readonly caller: string | null;
  readonly question: object;
  readonly proceed: () => void;
}

export interface PlacesOptions {
  /** Names those who have places in a refusal, in the plural. */
  readonly what: string;
  /** Their class there. */
  readonly name: string;
  /** How many have a place at a time. */
  readonly limit: number;
  /** How many wait for one. */
  readonly maxQueue: number;
  /** The longest wait, ms. */
  readonly timeoutMs: number;
  /** How many of one caller have a place, so that nobody takes them all; as many as there are unless stated. */
  readonly share?: number;
  /** How many of one caller wait; `share` unless stated. */
  readonly queueShare?: number;
  /** What who is refused can do. */
  readonly advice?: string;
}

/** `limit` at a time, and a queue with a longest wait. */
export function createPlaces(options: PlacesOptions, clock: Clock): Places {
  const { what, name, limit, maxQueue, timeoutMs } = options;
  const { share = limit + maxQueue, advice = 'Ask for less, or try again in a second.' } = options;
  const { queueShare = share } = options;
  const waiting: Waiting[] = [];
  const held = createCallerCounts();
  let inFlight = 0;

  const take = (caller: string | null): boolean => {
    if (inFlight >= limit || held.of(caller) >= share) return false;
    inFlight += 1;
    held.add(caller);
    return true;
  };
  const leave = (caller: string | null) => {
    inFlight -= 1;
    held.remove(caller);
    // The place passes on, so that nobody who comes later can take it.
    const next = waiting.findIndex((one) => take(one.caller));
    if (next >= 0) waiting.splice(next, 1)[0]?.proceed();
  };
  const placeOf = (caller: string | null) => {
    let isOver = false;
    return () => {
      if (!isOver) leave(caller);
      isOver = true;
    };
  };
  const refuse = (caller: string | null, why: string) =>
    held.of(caller) >= share
      ? makeOverloaded({ what: `${what} of this key`, name, limit: share, why, advice }, ShareTakenError)
      : makeOverloaded({ what, name, limit, why, advice });
  /** The first who waits for each question. */
  const listFirst = () => {
    const seen = new Set<object>();
    return waiting.filter(({ question }) => !seen.has(question) && seen.add(question));
  };
  const checkQueue = (caller: string | null, question: object) => {
    const first = listFirst();
    // By however many it is waited for, it is one place.
    if (first.some((one) => one.question === question)) return;
    if (first.length >= maxQueue) throw refuse(caller, `${maxQueue} wait already`);
    const own = caller === null ? 0 : first.filter((one) => one.caller === caller).length;
    if (own < queueShare) return;
    if (held.of(caller) >= share) throw refuse(caller, `${queueShare} wait already`);
    const why = `${queueShare} of this key wait already`;
    throw makeOverloaded({ what, name, limit, why, advice }, ShareTakenError);
  };

  return {
    count: () => ({ inFlight, queued: listFirst().length }),
    enter: async (signal, caller = null, question = {}): Promise<() => void> => {
      signal.throwIfAborted();
      if (take(caller)) return placeOf(caller);
      checkQueue(caller, question);
      await new Promise<void>((resolve, reject) => {
        const stop = (error: unknown) => {
          waiting.splice(waiting.indexOf(one), 1);
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
          reject(error);
        };
        const onAbort = () => stop(signal.reason);
        const cancelTimer = clock.after(timeoutMs, () =>
          inTheirTurn(() => {
            // Meanwhile it may have had a place, or gone.
            if (waiting.includes(one))
              stop(refuse(caller, `the question has waited ${timeoutMs} ms for a place`));
          }),
        );
        const proceed = () => {
          cancelTimer();
          signal.removeEventListener('abort', onAbort);
          resolve();
        };
        const one: Waiting = { caller, question, proceed };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(one);
      });
      return placeOf(caller);
    },
  };
}

/**
 * One refusal in a turn of the event loop. Who came together is refused together, and asks again at once: sixty-four of them in one turn held up
 * everybody else for a third of a second.
 */
const inTheirTurn = createTurnQueue();

interface Busy extends Pick<PlacesOptions, 'what' | 'name' | 'limit'> {
  readonly why: string;
  readonly advice: string;
}

function makeOverloaded({ what, name, limit, why, advice }: Busy, Kind = GraphQLError): GraphQLError {
  const { message, extensions } = makeRefusal(
    'OVERLOADED',
    `The server is busy: ${limit} ${what} are under way and ${why}. ${advice}`,
    { class: name, limit, isRetryable: true },
    { headers: { 'retry-after': '1' } },
  );
  return new Kind(message, { extensions });
}
