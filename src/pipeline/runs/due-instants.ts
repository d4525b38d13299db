// What becomes of the instants that came due since the last look: a decision on numbers alone, without store or clock.
import { createHash } from 'node:crypto';
import { findNextDue, listLatestDue } from '../../store/runs/cron.ts';
import type { Schedule } from '../../store/runs/run-store.ts';

/** So many missed instants get a record each; older ones share one. */
const MAX_RECORDED = 100;
/** A tick seen later than this was missed: nobody was there when it was due. */
const MISSED_AFTER_MS = 90_000;

export interface DueInstant {
  readonly at: number;
  /** START: it is due just now. CATCH_UP: it was missed, and gets a run as soon as the pipeline is free. MISS: it gets none. */
  readonly does: 'START' | 'CATCH_UP' | 'MISS';
  /** Why, for MISS. */
  readonly reason: string;
}

export interface DuePlan {
  /** Oldest first. */
  readonly instants: readonly DueInstant[];
  /** The first instant that is due but whose jitter is not over, and when it will be; null: none. */
  readonly leftFrom: number | null;
  readonly ripeAt: number | null;
}

/**
 * What to do about the due instants from `first` to `now`: the last one starts a run when it is due just now, and missed ones as the
 * policy says. ONCE: one run for all; SKIP: none; ALL: one each, one after the other, for the latest `catchUpRuns`.
 */
export function decide(schedule: Schedule, first: number, now: number, catchUpRuns: number): DuePlan {
  const { row, left } = listDue(schedule, first, now);
  const isRipe = (at: number) => at + jitterOf(schedule, at) <= now;
  const unripe = row.findIndex((at) => !isRipe(at));
  const ripe = unripe === -1 ? row : row.slice(0, unripe);
  const leftFrom = unripe === -1 ? null : (row[unripe] ?? null);
  const instants = ripe.map((at, place): DueInstant => {
    const isLast = place === ripe.length - 1;
    // Under ALL one that is due just now waits behind those that were missed.
    const isBehind = schedule.missedTicks === 'ALL' && place > 0;
    if (isLast && !isBehind && now - at - jitterOf(schedule, at) <= MISSED_AFTER_MS)
      return { at, does: 'START', reason: '' };
    if (schedule.missedTicks === 'ALL' && ripe.length - place <= catchUpRuns) {
      return { at, does: 'CATCH_UP', reason: '' };
    }
    if (schedule.missedTicks === 'ONCE' && isLast) return { at, does: 'START', reason: '' };
    return { at, does: 'MISS', reason: NOBODY };
  });
  const ripeAt = leftFrom === null ? null : leftFrom + jitterOf(schedule, leftFrom);
  return { instants: [...left, ...instants], leftFrom, ripeAt };
}

const NOBODY = 'nobody was there when it was due';

/** The due instants to look at one by one, and a record that speaks for those before them where there are too many. */
function listDue(schedule: Schedule, first: number, now: number): { row: number[]; left: DueInstant[] } {
  const later = listLatestDue(schedule, first, now, MAX_RECORDED);
  const oldest = later[0];
  // The stored instant was due whatever the cron says by now.
  const isRowBroken = oldest !== undefined && findNextDue(schedule, first) !== oldest;
  if (!isRowBroken) return { row: [first, ...later], left: [] };
  const reason = `${NOBODY}; so were all before ${new Date(oldest).toISOString()}`;
  return { row: later, left: [{ at: first, does: 'MISS', reason }] };
}

/** Milliseconds by which a run starts after it is due: the same for the same instant, evenly spread over 0 to jitterSeconds. */
function jitterOf({ pipeline, jitterSeconds }: Schedule, dueAt: number): number {
  if (jitterSeconds === 0) return 0;
  const draw = createHash('sha256').update(`${pipeline} ${dueAt}`).digest().readUInt32BE() / 2 ** 32;
  return Math.floor(draw * jitterSeconds * 1_000);
}
