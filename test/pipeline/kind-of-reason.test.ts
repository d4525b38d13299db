import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOfReason, kindOfReasonSql } from '../../src/pipeline/kind-of-reason.ts';
import { type DuckDb, quoteText } from '../../src/store/duckdb.ts';
import { openMemoryDb } from '../fixtures/memory-db.ts';

describe('kindOfReason(reason), and the same in DuckDB', () => {
  let db: DuckDb;
  beforeAll(async () => {
    db = await openMemoryDb();
  });
  afterAll(() => db.close());

  it.each([
    ['name "Weird Al" is that of no artist', 'name is that of no artist'],
    ['name "Weird Al" is that of no artist; nearest "Weird Al" Yankovic (1)', 'name is that of no artist'],
    ['name "A: "B"; C\nD" is that of several artists; nearest E (1)', 'name is that of several artists'],
    [
      'name "X" could not be searched for: "spotify" did not answer http://x/search after 4 tries (silence). Try again later.',
      'name could not be searched for',
    ],
    ['name """ could not be searched for: no reason is known', 'name could not be searched for'],
    ['energy "loud "er"" is not a number', 'energy is not a number'],
    ['Daily +/- "a "; b" cannot be used', 'Daily +/- cannot be used'],
    ['track id "" is not 22 base-62 characters', 'track id is not 22 base-62 characters'],
    ['ts "2020 \\"x\\" y" is no time', 'ts is no time'],
    ['ts undefined is no time', 'ts is no time'],
    ['endTime "2099-01-01 00:00" lies in the future', 'endTime lies in the future'],
    ['spotify_track_uri "spotify:track:\\"" is no track', 'spotify_track_uri is no track'],
    ['its play of {"a":"b ms is c"} ms is not possible', 'its play is not possible'],
    [
      'it has neither "ts" and "ms_played" nor "endTime" and "msPlayed"',
      'it has neither "ts" and "ms_played" nor "endTime" and "msPlayed"',
    ],
    ['popularity 4; 5 is not a whole number', 'popularity is not a whole number'],
    ['mode 0.5 is not 0 or 1', 'mode is not 0 or 1'],
    ['a score is outside 0..1', 'a score is outside 0..1'],
    ['the line holds a NUL (byte 7)', 'the line holds a NUL'],
    ['the line has 70000 bytes; at most 65536 are read', 'the line is long; at most 65536 are read'],
    [
      'the line is not UTF-8: its byte 5 is 0xE9 (Latin-1 perhaps); save the file as UTF-8',
      'the line is not UTF-8 (Latin-1 perhaps); save the file as UTF-8',
    ],
  ])('%j is of the kind %j', async (reason, kind) => {
    const [found] = await db.all(`select ${kindOfReasonSql(quoteText(reason))} as kind`);
    expect([kindOfReason(reason), found]).toEqual([kind, { kind }]);
  });
});
