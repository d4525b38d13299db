// Time zones by their IANA names: whether there is one, and how far its clocks are ahead of UTC.
import { InvalidInputError } from '../../errors.ts';

/** @throws InvalidInputError */
export function checkTimeZone(timeZone: string): string {
  try {
    // JavaScript knows offsets as zones, DuckDB does not; and of an offset nobody knows when its clocks change.
    if (/^[+-]/.test(timeZone)) throw new RangeError('an offset');
    new Intl.DateTimeFormat('en', { timeZone });
    return timeZone;
  } catch (error) {
    throw new InvalidInputError(
      `timeZone is "${timeZone}"; an IANA name such as Europe/Berlin is expected, not an offset.`,
      { field: 'timeZone', given: timeZone, expected: 'an IANA time zone' },
      { cause: error },
    );
  }
}

/** The instant at which clocks in the zone show what `wall` says as if it were UTC. */
export function toInstant(wall: number, timeZone: string): number {
  // Two rounds, since the offset is that of the instant and not of the guess.
  const once = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(once, timeZone);
}

/** Kept, since the offsets of a year are asked of one some hundreds of times. */
const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATS = 64;

function findFormat(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formats.size >= MOST_FORMATS) formats.clear();
  formats.set(timeZone, format);
  return format;
}

/** Milliseconds by which clocks in the zone are ahead of UTC. @param instant of a whole second */
export function offsetAt(instant: number, timeZone: string): number {
  const parts = findFormat(timeZone).formatToParts(instant);
  const part = (type: string) => Number(parts.find((each) => each.type === type)?.value ?? 0);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - instant;
}
