// The port of the outbox: what is to be told to webhooks, kept until it has been, or has been tried long enough.
// All times are milliseconds since 1970 and are handed in.
import { CLOCK_SLACK_MS } from '../../clock.ts';

export type DeliveryState = 'PENDING' | 'DELIVERED' | 'GIVEN_UP';

export interface Delivery {
  /** Names what is told and to whom: enqueuing it twice changes nothing. */
  readonly id: string;
  /** The message's id: the same for all its receivers and all its tries. */
  readonly messageId: string;
  readonly url: string;
  readonly type: string;
  /** The body as sent, so that every try sends the same bytes. */
  readonly body: string;
  readonly state: DeliveryState;
  readonly tries: number;
  readonly createdAt: number;
  /** When it is to be tried next. */
  readonly nextAt: number;
  readonly lastError: string | null;
}

/** How an address takes what it is sent. */
export interface AddressState {
  readonly url: string;
  /** Of what is younger than the last that it took, and waits: what was tried most often; null: nothing was tried. */
  readonly waiting: Pick<Delivery, 'tries' | 'lastError'> | null;
  /** Of what is younger than the last that it took: what was given up last; null: nothing was. */
  readonly lost: Pick<Delivery, 'nextAt' | 'lastError'> | null;
  /** Deliveries to it on record that were given up, and why the latest of them was. */
  readonly givenUp: number;
  readonly whyGivenUp: string | null;
}

/** No delivery is put off for longer. */
export const LONGEST_PAUSE_MS = 6 * 3_600_000;

/** Nobody takes a delivery for longer: twice the longest time that a receiver has to answer. */
const LONGEST_LEASE_MS = 2 * 120_000;

/** What waits until after this waits for its next try: what due ones are taken for is over by then. */
export function findLastLeased(now: number): number {
  return now + LONGEST_LEASE_MS;
}

/** What is put off until after this was so by a clock that ran ahead, and is due. */
export function findFurthest(now: number): number {
  return now + LONGEST_PAUSE_MS + CLOCK_SLACK_MS;
}

/** Several processes share an outbox, each with settings of its own: none may judge what waits for the addresses of another. */
export interface DeliveryStore {
  /** Adds deliveries that are not on record yet; answers with how many were new. */
  enqueue(deliveries: readonly Delivery[]): Promise<number>;
  /** Takes due ones to these addresses for `leaseMs`: another taker does not get them meanwhile, and they are due again if this one dies. */
  take(now: number, wanted: { urls: readonly string[]; leaseMs: number; first: number }): Promise<Delivery[]>;
  settle(
    id: string,
    end: { state: DeliveryState; tries: number; nextAt: number; lastError: string | null },
  ): Promise<void>;
  /**
   * Takes, for `leaseMs`, what is due next of what waits for its next try at an address that has just taken something, as it is on record;
   * null: nothing waits but what may be under way, or is in `besides`.
   */
  takeWaiting(
    url: string,
    now: number,
    wanted: { leaseMs: number; besides: ReadonlySet<string> },
  ): Promise<Delivery | null>;
  countByState(): Promise<Record<DeliveryState, number>>;
  /** How each of these addresses takes what it is sent, in their order. */
  examine(urls: readonly string[]): Promise<AddressState[]>;
  /** Forgets settled ones created before an instant, and pending ones due since before it: nobody is set up to send those. Answers with the counts. */
  removeOld(before: number): Promise<{ settled: number; unsent: number }>;
  /** Removes every delivery, sent or not, that has one of the words in its id or body, and marks that have one in their name. */
  removeAbout(words: readonly string[]): Promise<number>;
  /** What the notices remember, by name: up to where runs were looked at, which pipelines are failing. */
  getMark(name: string): Promise<string | null>;
  setMark(name: string, value: string | null): Promise<void>;
  /**
   * Empties the log of the store's file, in which what was removed or replaced still stands.
   *
   * @throws GroovelakeError (INTERNAL) while another process reads on for 10 s
   */
  emptyLog(): Promise<void>;
  close(): Promise<void>;
}
