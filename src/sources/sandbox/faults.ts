// Faults on request, by count: "the third album call answers 502". And the log of what was asked, for tests to read.
import type { Clock } from '../../clock.ts';
import type { SandboxSettings } from './settings.ts';

/** Ways in which a page of a list can mislead. */
export type Lie =
  /** No items, although more follow. */
  | 'empty'
  /** The items of the page before. */
  | 'repeated'
  /** The last page again and again, each with a next one. */
  | 'endless'
  /** A total that grows from call to call. */
  | 'drifting'
  /** An item has been put before all others meanwhile: the page begins with the last one of the page before. */
  | 'shifted';

export type Answer =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut in the middle of the body. */
  | { readonly kind: 'reset' }
  /** The body ends early although all of it was announced as sent. */
  | { readonly kind: 'truncate' }
  /** More bytes are announced than come before the connection ends. */
  | { readonly kind: 'wrongLength' }
  /** The body is said to be gzip and is damaged in the middle. */
  | { readonly kind: 'damagedGzip' }
  /** The answer comes after so many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** The body comes byte by byte, one per so many milliseconds. */
  | { readonly kind: 'drip'; readonly ms: number }
  /** Nothing ever comes. */
  | { readonly kind: 'hang' }
  | { readonly kind: 'lie'; readonly lie: Lie }
  /** From this call on other settings hold; the call itself is answered under them. */
  | { readonly kind: 'set'; readonly settings: Partial<SandboxSettings> };

export interface Fault {
  /** A family of calls (docs/sandbox.md), or "*" for all of them. */
  readonly family: string;
  /** Which call of the family, from 1; every one unless stated. */
  readonly nth?: number;
  /** How many calls from there on; 1 unless stated. */
  readonly times?: number;
  readonly answer: Answer;
}

export interface LoggedRequest {
  readonly family: string;
  readonly path: string;
  /** Milliseconds since 1970, when it came. */
  readonly at: number;
  /** 0 until it is answered. */
  status: number;
  /** Client of the token; null without one. */
  client: string | null;
  /** Requests of the family that were under way when it came, itself included. */
  readonly underWay: number;
}

export interface RequestLog {
  readonly entries: readonly LoggedRequest[];
  /** Requests that came, of one family or of all. */
  count(family?: string): number;
  /** Forgets the requests; the counts that faults go by stay. */
  clearLog(): void;
}

export interface FaultPlan extends RequestLog {
  readonly faults: readonly Fault[];
  add(fault: Fault): void;
  clear(): void;
  /** Notes a request and says which fault it meets, if any. `end` must be called when it is over. */
  note(family: string, path: string): { entry: LoggedRequest; answer: Answer | null; end(): void };
}

/** A sandbox that is left running keeps the latest of its requests. */
const LOG_LIMIT = 1_000_000;

export function createFaultPlan(
  clock: Clock,
  initial: readonly Fault[] = [],
  onRequest: (entry: LoggedRequest) => void = () => {},
): FaultPlan {
  const faults = [...initial];
  const entries: LoggedRequest[] = [];
  const counts = new Map<string, number>();
  const underWay = new Map<string, number>();
  let all = 0;
  const meets = ({ nth, times = 1 }: Fault, n: number) => nth === undefined || (n >= nth && n < nth + times);
  return {
    entries,
    faults,
    count: (family) => (family === undefined ? all : (counts.get(family) ?? 0)),
    clearLog: () => {
      entries.length = 0;
    },
    add: (fault) => {
      faults.push(fault);
    },
    clear: () => {
      faults.length = 0;
    },
    note: (family, path) => {
      const n = (counts.get(family) ?? 0) + 1;
      counts.set(family, n);
      all += 1;
      const busy = (underWay.get(family) ?? 0) + 1;
      underWay.set(family, busy);
      const entry: LoggedRequest = { family, path, at: clock.now(), status: 0, client: null, underWay: busy };
      entries.push(entry);
      if (entries.length > LOG_LIMIT) entries.splice(0, LOG_LIMIT / 2);
      const fault = faults.find(
        (each) => (each.family === family && meets(each, n)) || (each.family === '*' && meets(each, all)),
      );
      const end = () => {
        underWay.set(family, (underWay.get(family) ?? 1) - 1);
        onRequest(entry);
      };
      return { entry, answer: fault?.answer ?? null, end };
    },
  };
}
