// What clocks in a time zone show, as SQL: an offset for each stretch between two changes of the clocks. The engine's own conversion asks its
// calendar for each row, which costs as much as the rest of a figure.
import type { Listening } from './open.ts';
import type { Span } from './span.ts';
import { offsetAt } from './time-zones.ts';

const DAY_MS = 86_400_000;

/** From `at` on clocks are `offsetMs` ahead of UTC. */
export interface OffsetStretch {
  readonly at: number;
  readonly offsetMs: number;
}

/**
 * The offsets of a zone between two instants, in whole seconds, the first with the begin. Clocks that change twice within a day are not seen.
 * Cost: some microseconds a day.
 */
export function listOffsets(timeZone: string, from: number, to: number): OffsetStretch[] {
  let at = Math.floor(from / 1_000) * 1_000;
  let offsetMs = offsetAt(at, timeZone);
  const stretches = [{ at, offsetMs }];
  while (at < to) {
    const next = at + DAY_MS;
    const nextOffset = offsetAt(next, timeZone);
    if (nextOffset !== offsetMs) {
      stretches.push({ at: findChange(timeZone, at, next), offsetMs: nextOffset });
      offsetMs = nextOffset;
    }
    at = next;
  }
  return stretches;
}

/** The first second whose offset is not that of `low`; `high` has another. */
function findChange(timeZone: string, low: number, high: number): number {
  const before = offsetAt(low, timeZone);
  let [same, other] = [low / 1_000, high / 1_000];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (offsetAt(middle * 1_000, timeZone) === before) same = middle;
    else other = middle;
  }
  return other * 1_000;
}

const known = new Map<string, OffsetStretch[]>();
const MOST_KNOWN = 256;

/** Remembered: the figures of one year ask for the same ones. */
function findOffsets(timeZone: string, from: number, to: number): OffsetStretch[] {
  const key = `${timeZone} ${from} ${to}`;
  const stretches = known.get(key) ?? listOffsets(timeZone, from, to);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, stretches);
  return stretches;
}

/** SQL of the timestamp that clocks in the span's zone show at the column `ended_at`; true of what was played within the span. */
export async function localTime(listening: Listening, span: Span): Promise<string> {
  const played = await listening.findExtent();
  const from = Math.max(span.from ?? played.from, played.from);
  const to = Math.min(span.to ?? played.to, played.to);
  const stretches = findOffsets(span.timeZone, from, to);
  const shift = (offsetMs: number) => `ended_at + interval (${offsetMs}) millisecond`;
  const cases = stretches.slice(0, -1).map(({ offsetMs }, index) => {
    const until = stretches[index + 1]?.at ?? to;
    return `when ended_at < make_timestamp(${until * 1_000}) then ${shift(offsetMs)}`;
  });
  const last = shift(stretches.at(-1)?.offsetMs ?? 0);
  return cases.length > 0 ? `case ${cases.join(' ')} else ${last} end` : last;
}
