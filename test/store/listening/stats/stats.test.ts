// Every figure about listening beside a computation of its own over the same plays, in plain TypeScript.
import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../../../src/clock.ts';
import type { LandedPlay } from '../../../../src/store/listening/listening-file.ts';
import { type Span, spanBefore, spanOfYear } from '../../../../src/store/listening/span.ts';
import { readLongestStreak, readRhythm, readSessions } from '../../../../src/store/listening/stats/rhythm.ts';
import { readTaste, readTempo } from '../../../../src/store/listening/stats/taste.ts';
import { readTop } from '../../../../src/store/listening/stats/tops.ts';
import { readTotals } from '../../../../src/store/listening/stats/totals.ts';
import { makePlay, openListeningFixture } from '../listening-fixture.ts';

const SEED = 20261126;
const ALL: Span = { from: null, to: null, timeZone: 'UTC' };
const HOUR = 3_600_000;

const idOf = (kind: string, at: number) => `${kind}${String(at).padStart(21, '0')}`;

const artists = ['Rush', 'Yes', 'Camel'].map((name) => ({
  artist_id: name.padEnd(22, '0'),
  name,
  genres: name === 'Rush' ? ['rock', 'prog'] : ['prog'],
}));
const tracks = Array.from({ length: 12 }, (_, at) => ({
  track_id: idOf('t', at),
  name: `Track ${at}`,
  artists: [artists[at % 3]?.artist_id ?? ''],
  album_id: idOf('a', at % 4),
  energy: at / 12,
  tempo: at === 5 ? null : 80 + 7 * at,
  mode: at % 2,
  loudness: -at,
}));
const albums = Array.from({ length: 4 }, (_, at) => ({ album_id: idOf('a', at), name: `Album ${at}` }));

function makePlays(): LandedPlay[] {
  const random = seededRandomness(SEED);
  const pick = (n: number) => Math.floor(random.next() * n);
  let endedAt = Date.UTC(2023, 10, 20);
  return Array.from({ length: 500 }, () => {
    const at = pick(14);
    endedAt += pick(4) === 0 ? pick(40) * HOUR : 60_000 + pick(8) * 60_000;
    return makePlay({
      endedAt,
      msPlayed: pick(5) === 0 ? pick(30_000) : 30_000 + pick(200_000),
      // The last two are tracks that the catalogue does not have.
      trackId: idOf('t', at),
      trackName: `Track ${at}`,
      artistName: artists[at % 3]?.name ?? '',
      isSkipped: [true, false, null][pick(3)] ?? null,
    });
  });
}

const plays = makePlays();
const open = () => openListeningFixture(plays, { artists, tracks, albums });
const counted = (list: readonly LandedPlay[]) => list.filter(({ msPlayed }) => msPlayed >= 30_000);
const sumBy = <K>(list: readonly LandedPlay[], key: (play: LandedPlay) => K) => {
  const sums = new Map<K, { plays: number; ms: number }>();
  for (const play of list) {
    const sum = sums.get(key(play)) ?? { plays: 0, ms: 0 };
    sums.set(key(play), { plays: sum.plays + (play.msPlayed >= 30_000 ? 1 : 0), ms: sum.ms + play.msPlayed });
  }
  return sums;
};
const trackOf = (play: LandedPlay) => tracks.find(({ track_id }) => track_id === play.trackId);

describe(`figures about listening (500 plays, seed ${SEED})`, () => {
  it('total plays, minutes, tracks, new ones, skips and minor keys of a year', async () => {
    const { listening } = await open();
    const span = spanOfYear(2024, 'UTC');
    const [before, within] = [
      plays.filter((p) => p.endedAt < (span.from ?? 0)),
      plays.filter((p) => p.endedAt >= (span.from ?? 0) && p.endedAt < (span.to ?? 0)),
    ];
    const known = counted(within).filter((play) => trackOf(play));
    const said = within.filter(({ isSkipped }) => isSkipped !== null);
    const unique = (list: readonly LandedPlay[]) => new Set(counted(list).map((p) => p.trackId));
    const totals = await readTotals(listening, span);
    expect(totals).toEqual({
      plays: counted(within).length,
      minutes: expect.closeTo(within.reduce((sum, p) => sum + p.msPlayed, 0) / 60_000, 6),
      tracks: unique(within).size,
      artists: new Set(counted(within).map((p) => p.artistName)).size,
      albums: new Set(known.map((play) => trackOf(play)?.album_id)).size,
      days: new Set(counted(within).map((p) => new Date(p.endedAt).toISOString().slice(0, 10))).size,
      skippedShare: expect.closeTo(said.filter((p) => p.isSkipped).length / said.length, 12),
      newTracks: [...unique(within)].filter((id) => !unique(before).has(id)).length,
      newArtists: 0,
      minorShare: expect.closeTo(known.filter((play) => trackOf(play)?.mode === 0).length / known.length, 12),
    });
  });

  it.each([
    'PLAYS',
    'MINUTES',
  ] as const)('order tracks and artists by %s, equals sharing a rank', async (by) => {
    const { listening } = await open();
    const measure = ({ plays: n, ms }: { plays: number; ms: number }) => (by === 'PLAYS' ? n : ms);
    for (const [of, key] of [
      ['TRACK', (p: LandedPlay) => p.trackName],
      ['ARTIST', (p: LandedPlay) => p.artistName],
    ] as const) {
      const sums = [...sumBy(plays, key)].sort((a, b) => measure(b[1]) - measure(a[1]));
      const top = await readTop(listening, ALL, { of, by, first: 100 });
      expect(new Map(top.map((item) => [item.name, item.plays]))).toEqual(
        new Map(sums.map(([name, sum]) => [name, sum.plays])),
      );
      expect(top.map((item) => item.rank)).toEqual(
        sums.map(([, sum]) => 1 + sums.filter(([, other]) => measure(other) > measure(sum)).length),
      );
    }
  });

  it('count a track for each of its genres, and an album by what of it was played', async () => {
    const { listening } = await open();
    const genres = await readTop(listening, ALL, { of: 'GENRE', by: 'PLAYS', first: 10 });
    const inCatalogue = counted(plays).filter((play) => trackOf(play));
    expect(new Map(genres.map(({ name, plays: n }) => [name, n]))).toEqual(
      new Map([
        ['prog', inCatalogue.length],
        ['rock', inCatalogue.filter((play) => play.artistName === 'Rush').length],
      ]),
    );
    const found = await readTop(listening, ALL, { of: 'ALBUM', by: 'PLAYS', first: 10 });
    const sums = sumBy(inCatalogue, (play) => trackOf(play)?.album_id ?? '');
    expect(new Map(found.map(({ id, plays: n }) => [id, n]))).toEqual(
      new Map([...sums].map(([id, sum]) => [id, sum.plays])),
    );
  });

  it('follow the clocks of a time zone', async () => {
    const { listening } = await open();
    const zone = 'America/Vancouver';
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' });
    const sums = sumBy(plays, (p) => String(Number(format.format(p.endedAt))));
    const rhythm = await readRhythm(listening, { ...ALL, timeZone: zone }, 'HOUR');
    expect(rhythm.map(({ label, plays: n }) => [label, n])).toEqual(
      Array.from({ length: 24 }, (_, hour) => [String(hour), sums.get(String(hour))?.plays ?? 0]),
    );
    const weekdays = await readRhythm(listening, { ...ALL, timeZone: zone }, 'WEEKDAY');
    expect(weekdays[0]?.label).toBe('Monday');
    expect(weekdays.reduce((sum, day) => sum + day.plays, 0)).toBe(counted(plays).length);
  });

  it('find the longest streak and the sessions', async () => {
    const { listening } = await open();
    const days = [...new Set(counted(plays).map((p) => Math.floor(p.endedAt / (24 * HOUR))))].sort(
      (a, b) => a - b,
    );
    let longest = 0;
    let run = 0;
    days.forEach((day, at) => {
      run = at > 0 && days[at - 1] === day - 1 ? run + 1 : 1;
      longest = Math.max(longest, run);
    });
    expect((await readLongestStreak(listening, ALL))?.days).toBe(longest);

    const sessions: { from: number; to: number }[] = [];
    for (const { endedAt, msPlayed } of plays.filter((p) => p.msPlayed > 0)) {
      const last = sessions.at(-1);
      if (last && endedAt - msPlayed - last.to <= HOUR / 2) {
        last.from = Math.min(last.from, endedAt - msPlayed);
        last.to = Math.max(last.to, endedAt);
      } else sessions.push({ from: endedAt - msPlayed, to: endedAt });
    }
    const minutes = sessions.map(({ from, to }) => (to - from) / 60_000);
    expect(await readSessions(listening, ALL)).toMatchObject({
      count: sessions.length,
      averageMinutes: expect.closeTo(minutes.reduce((a, b) => a + b, 0) / minutes.length, 6),
    });
  });

  it('weigh what was played by plays, and count what has no value as missing', async () => {
    const { listening } = await open();
    const known = counted(plays).flatMap((play) => trackOf(play) ?? []);
    const tempos = known.flatMap(({ tempo }) => tempo ?? []).sort((a, b) => a - b);
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const taste = new Map((await readTaste(listening, ALL)).map((each) => [each.feature, each]));
    expect(taste.get('energy')?.mine).toBeCloseTo(mean(known.map(({ energy }) => energy)), 10);
    expect(taste.get('energy')?.catalogue).toBeCloseTo(mean(tracks.map(({ energy }) => energy)), 10);
    expect(taste.get('tempo')?.mine).toBeCloseTo(mean(tempos), 10);
    expect(taste.get('valence')?.mine).toBeNull();
    const tempo = await readTempo(listening, ALL);
    expect(tempo.mean).toBeCloseTo(mean(tempos), 10);
    const middle = (at: number) => tempos[at] ?? Number.NaN;
    expect(tempo.median).toBe(
      (middle(Math.floor((tempos.length - 1) / 2)) + middle(Math.floor(tempos.length / 2))) / 2,
    );
    expect(tempo.bins.reduce((sum, bin) => sum + bin.plays, 0)).toBe(tempos.length);
  });

  it('are empty, and no error, where nothing was played', async () => {
    const { listening } = await open();
    const span = spanOfYear(2010, 'UTC');
    expect(await readTotals(listening, span)).toMatchObject({
      plays: 0,
      minutes: 0,
      skippedShare: null,
      minorShare: null,
    });
    expect(await readTop(listening, span, { of: 'TRACK', by: 'PLAYS', first: 5 })).toEqual([]);
    expect(await readLongestStreak(listening, span)).toBeNull();
    expect(await readSessions(listening, span)).toMatchObject({ count: 0, averageMinutes: null });
    expect(await readTempo(listening, span)).toEqual({ mean: null, median: null, bins: [] });
  });
});

describe('a play at the turn of a year', () => {
  const listening = async () =>
    (
      await openListeningFixture([
        makePlay({ endedAt: Date.UTC(2024, 0, 1, 0, 1), msPlayed: 120_000 }),
        makePlay({ endedAt: Date.UTC(2024, 11, 31, 23, 59, 59) }),
        makePlay({ endedAt: Date.UTC(2025, 0, 1, 0, 1), msPlayed: 120_000 }),
      ])
    ).listening;

  it('belongs to where it ended: a year has its own months and days, and no streak beyond them', async () => {
    const opened = await listening();
    const span = spanOfYear(2024, 'UTC');
    for (const [beat, count, first, last] of [
      ['MONTH', 12, '2024-01', '2024-12'],
      ['DAY', 366, '2024-01-01', '2024-12-31'],
    ] as const) {
      const labels = (await readRhythm(opened, span, beat)).map(({ label }) => label);
      expect([labels.length, labels[0], labels.at(-1)]).toEqual([count, first, last]);
    }
    expect(await readLongestStreak(opened, span)).toMatchObject({ days: 1, from: '2024-12-31' });
    expect((await readTotals(opened, span)).days).toBe(2);
  });
});

describe('a rhythm', () => {
  const at = (day: number, hour: number) => Date.UTC(2024, 4, day, hour);

  it('has every hour, weekday and day of a heat map, those without a play too, and adds up to the totals', async () => {
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: at(1, 7) }),
      makePlay({ endedAt: at(4, 23), msPlayed: 12_000 }),
      makePlay({ endedAt: at(4, 23), msPlayed: 60_000 }),
      makePlay({ endedAt: at(6, 3), msPlayed: 6_000 }),
    ]);
    const { plays: all, minutes } = await readTotals(listening, ALL);
    for (const beat of ['HOUR', 'WEEKDAY', 'MONTH', 'DAY'] as const) {
      const points = await readRhythm(listening, ALL, beat);
      expect(points.reduce((sum, point) => sum + point.plays, 0)).toBe(all);
      expect(points.reduce((sum, point) => sum + point.minutes, 0)).toBeCloseTo(minutes, 10);
      expect(new Set(points.map(({ label }) => label)).size).toBe(points.length);
    }
    const rows = async (beat: Parameters<typeof readRhythm>[2]) =>
      (await readRhythm(listening, ALL, beat)).map(({ label, plays: n }) => `${label} ${n}`);
    expect(await rows('DAY')).toEqual([1, 0, 0, 1, 0, 0].map((n, day) => `2024-05-0${day + 1} ${n}`));
    expect((await rows('HOUR')).filter((row) => !row.endsWith(' 0'))).toEqual(['7 1', '23 1']);
    expect(await rows('HOUR')).toHaveLength(24);
    expect(await rows('WEEKDAY')).toEqual([
      'Monday 0',
      'Tuesday 0',
      'Wednesday 1',
      'Thursday 0',
      'Friday 0',
      'Saturday 1',
      'Sunday 0',
    ]);
  });

  it('of a span without plays has the hours and weekdays all the same, and no months or days', async () => {
    const { listening } = await openListeningFixture([makePlay({})]);
    const span = spanOfYear(2010, 'UTC');
    const lengths = ['HOUR', 'WEEKDAY', 'MONTH', 'DAY'] as const;
    expect(
      await Promise.all(lengths.map(async (beat) => (await readRhythm(listening, span, beat)).length)),
    ).toEqual([24, 7, 0, 0]);
  });
});

describe('a recording that is on two albums', () => {
  it('is one track of the totals, as of the tops, and new once', async () => {
    const [single, album] = [idOf('s', 0), idOf('s', 1)];
    const { listening } = await openListeningFixture(
      [
        makePlay({ endedAt: Date.UTC(2023, 4, 1), trackId: single }),
        makePlay({ endedAt: Date.UTC(2024, 4, 1), trackId: album }),
        makePlay({ endedAt: Date.UTC(2024, 4, 2), trackId: single }),
        makePlay({ endedAt: Date.UTC(2024, 4, 3), trackId: idOf('s', 2), trackName: 'YYZ' }),
      ],
      {
        tracks: [
          { track_id: single, name: 'Limelight', recording_id: single },
          { track_id: album, name: 'Limelight', recording_id: single },
        ],
      },
    );
    for (const [span, tracks, newTracks] of [
      [ALL, 2, 2],
      [spanOfYear(2024, 'UTC'), 2, 1],
      [spanOfYear(2023, 'UTC'), 1, 1],
    ] as const) {
      expect(await readTotals(listening, span)).toMatchObject({ tracks, newTracks });
      const top = await readTop(listening, span, { of: 'TRACK', by: 'PLAYS', first: 100 });
      expect(top).toHaveLength(tracks);
    }
  });
});

describe('the share of skips', () => {
  it('is of all plays that say, those below 30 s too, and of no others', async () => {
    const skips = [true, true, false, null, null] as const;
    const { listening } = await openListeningFixture(
      skips.map((isSkipped, at) =>
        makePlay({ endedAt: Date.UTC(2024, 4, at + 1), msPlayed: at === 0 ? 4_000 : 60_000, isSkipped }),
      ),
    );
    const { plays: counting, skippedShare } = await readTotals(listening, ALL);
    expect([counting, skippedShare]).toEqual([4, 2 / 3]);
  });
});

describe('what was only begun', () => {
  it('makes neither a day nor a track or artist known', async () => {
    const { listening } = await openListeningFixture([
      makePlay({
        endedAt: Date.UTC(2023, 5, 1),
        msPlayed: 2_000,
        artistName: 'Rush',
        trackName: 'Limelight',
      }),
      makePlay({ endedAt: Date.UTC(2024, 5, 1), artistName: 'Rush', trackName: 'Limelight' }),
      makePlay({ endedAt: Date.UTC(2024, 5, 2), msPlayed: 2_000 }),
    ]);
    expect(await readTotals(listening, spanOfYear(2024, 'UTC'))).toMatchObject({
      days: 1,
      newTracks: 1,
      newArtists: 1,
    });
  });

  it('and a play without names is nobody’s', async () => {
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: Date.UTC(2024, 5, 1), artistName: '', trackName: '', trackId: '0'.repeat(22) }),
    ]);
    expect(await readTotals(listening, ALL)).toMatchObject({
      plays: 1,
      tracks: 1,
      artists: 0,
      newArtists: 0,
    });
  });
});

describe('plays that end at the same instant', () => {
  it('are in one session, and not in the one before', async () => {
    const at = (hour: number, minute = 0) => Date.UTC(2024, 4, 1, hour, minute);
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: at(10), msPlayed: 180_000, key: 'a' }),
      makePlay({ endedAt: at(15), msPlayed: 60_000, key: 'b' }),
      makePlay({ endedAt: at(15), msPlayed: 180_000, key: 'c' }),
    ]);
    expect(await readSessions(listening, ALL)).toMatchObject({ count: 2, longestMinutes: 3 });
  });
});

describe('a span', () => {
  it('of a year begins where the zone does, and knows the stretch before', () => {
    const span = spanOfYear(2024, 'Asia/Kolkata');
    expect(span.from).toBe(Date.UTC(2023, 11, 31, 18, 30));
    expect(spanBefore(span)).toMatchObject({ to: span.from });
    expect(spanBefore(ALL)).toBeNull();
  });

  it('of a year is compared with the calendar year before, leap years too', () => {
    const before = spanBefore(spanOfYear(2025, 'UTC'));
    expect(before).toEqual(spanOfYear(2024, 'UTC'));
    expect(before && spanBefore(before)).toEqual(spanOfYear(2023, 'UTC'));
    expect(spanBefore({ from: 1_000, to: 3_000, timeZone: 'UTC' })).toEqual({
      from: -1_000,
      to: 1_000,
      timeZone: 'UTC',
    });
  });

  it.each([
    [1999, 'UTC', /year is 1999/],
    [2024, 'Middle/Earth', /timeZone is "Middle\/Earth"/],
    [2024, '+02:00', /timeZone is "\+02:00"; an IANA name .* not an offset/],
    [2024, '-0330', /timeZone is "-0330"/],
  ])('refuses %s in %s', (year, zone, message) => {
    expect(() => spanOfYear(year, zone)).toThrow(message);
  });
});
