// Faults on request, by count: "the third album call answers 502". And the log of what was asked, for tests to read.
import type { Clock } from '../../clock.ts';

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
  /** The answer comes after so many milliseconds. */
  | { readonly kind: 'slow'; readonly ms: number };

export interface Fault {
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
  readonly at: number;
  status: number;
}

export interface RequestLog {
  readonly entries: readonly LoggedRequest[];
  count(family?: string): number;
}

export interface FaultPlan extends RequestLog {
  add(fault: Fault): void;
  clear(): void;
  /** Notes a request and says which fault it meets, if any. */
  note(family: string, path: string): { entry: LoggedRequest; answer: Answer | null };
}

export function createFaultPlan(clock: Clock, initial: readonly Fault[] = []): FaultPlan {
  const faults = [...initial];
  const entries: LoggedRequest[] = [];
  const counts = new Map<string, number>();
  return {
    entries,
    count: (family) => (family === undefined ? entries.length : (counts.get(family) ?? 0)),
    add: (fault) => {
      faults.push(fault);
    },
    clear: () => {
      faults.length = 0;
    },
    note: (family, path) => {
      const n = (counts.get(family) ?? 0) + 1;
      counts.set(family, n);
      const entry: LoggedRequest = { family, path, at: clock.now(), status: 0 };
      entries.push(entry);
      const fault = faults.find(
        (f) => f.family === family && (f.nth === undefined || (n >= f.nth && n < f.nth + (f.times ?? 1))),
      );
      return { entry, answer: fault?.answer ?? null };
    },
  };
}
