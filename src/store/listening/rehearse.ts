// What a year in review asks, asked before anybody does: the first time it takes several times as long, most of it until its code is compiled.
import type { Listening } from './open.ts';
import { spanBefore, spanOfYear } from './span.ts';
import { readLongestStreak, readRhythm, readSessions } from './stats/rhythm.ts';
import { readTaste, readTempo } from './stats/taste.ts';
import { readTop, type TopOf } from './stats/tops.ts';
import { readTotals } from './stats/totals.ts';

const LISTS: readonly TopOf[] = ['TRACK', 'ARTIST', 'ALBUM', 'GENRE'];

/** @param year one with plays */
export async function rehearse(listening: Listening, year: number): Promise<void> {
  // As one asks who names no zone.
  const span = spanOfYear(year, 'UTC');
  const before = spanBefore(span);
  await readTotals(listening, span);
  if (before) await readTotals(listening, before);
  for (const of of LISTS) await readTop(listening, span, { of, by: 'PLAYS', first: 10 });
  await readRhythm(listening, span, 'HOUR');
  await readRhythm(listening, span, 'MONTH');
  await readLongestStreak(listening, span);
  await readSessions(listening, span);
  await readTaste(listening, span);
  await readTempo(listening, span);
}
