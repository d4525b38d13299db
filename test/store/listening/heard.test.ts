// Figures made from numbers of tracks: what lists call things, and what is kept of an answer.
import { describe, expect, it } from 'vitest';
import type { Span } from '../../../src/store/listening/span.ts';
import { readTop } from '../../../src/store/listening/stats/tops.ts';
import { readTotals } from '../../../src/store/listening/stats/totals.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

const ALL: Span = { from: null, to: null, timeZone: 'UTC' };
const id = (name: string) => name.padEnd(22, '0');
const day = (at: number) => Date.UTC(2024, 4, at, 12);

describe('top lists', () => {
  it('call a track that has several names by the most played one, and count it once', async () => {
    const trackId = id('limelight');
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: day(1), trackId, trackName: 'Limelight (Live)' }),
      makePlay({ endedAt: day(2), trackId, trackName: 'Limelight' }),
      makePlay({ endedAt: day(3), trackId, trackName: 'Limelight' }),
    ]);
    expect(await readTop(listening, ALL, { of: 'TRACK', by: 'PLAYS', first: 5 })).toEqual([
      { rank: 1, id: trackId, name: 'Limelight', artistName: 'Rush', plays: 3, minutes: 9 },
    ]);
    expect(await readTotals(listening, ALL)).toMatchObject({ tracks: 1, newTracks: 1 });
  });

  it('keep apart tracks, albums and artists that only have a name', async () => {
    const { listening } = await openListeningFixture([
      makePlay({ endedAt: day(1), trackName: 'Intro', artistName: 'Rush', albumName: 'Live' }),
      makePlay({ endedAt: day(2), trackName: 'Intro', artistName: 'Yes', albumName: 'Live' }),
      makePlay({ endedAt: day(3), trackName: 'Intro', artistName: 'Yes', albumName: null }),
    ]);
    const names = async (of: 'TRACK' | 'ALBUM' | 'ARTIST') =>
      (await readTop(listening, ALL, { of, by: 'PLAYS', first: 5 })).map((item) => [
        item.id,
        item.name,
        item.artistName,
        item.plays,
      ]);
    expect(await names('TRACK')).toEqual([
      [null, 'Intro', 'Yes', 2],
      [null, 'Intro', 'Rush', 1],
    ]);
    expect(await names('ARTIST')).toEqual([
      [null, 'Yes', null, 2],
      [null, 'Rush', null, 1],
    ]);
    expect((await names('ALBUM')).map(([, name, artist]) => [name, artist])).toEqual([
      ['Live', 'Yes'],
      ['Live', 'Rush'],
    ]);
  });

  it('find the artist of a play without an id by the name, and a track of two artists counts for each', async () => {
    const [rush, yes] = [id('rush'), id('yes')];
    const { listening } = await openListeningFixture(
      [
        makePlay({ endedAt: day(1), trackId: id('duet'), trackName: 'Duet', artistName: 'Yes' }),
        makePlay({ endedAt: day(2), trackName: 'Unknown', artistName: ' RUSH' }),
      ],
      {
        artists: [
          { artist_id: rush, name: 'Rush' },
          { artist_id: yes, name: 'Yes' },
        ],
        tracks: [{ track_id: id('duet'), name: 'Duet', artists: [yes, rush] }],
      },
    );
    const top = await readTop(listening, ALL, { of: 'ARTIST', by: 'PLAYS', first: 5 });
    expect(top.map((item) => [item.rank, item.id, item.name, item.plays])).toEqual([
      [1, rush, 'Rush', 2],
      [2, yes, 'Yes', 1],
    ]);
  });

  it('cut equals by name, each with the rank they share', async () => {
    const { listening } = await openListeningFixture(
      ['C', 'A', 'B', 'D'].map((trackName, at) => makePlay({ endedAt: day(at + 1), trackName })),
    );
    const top = await readTop(listening, ALL, { of: 'TRACK', by: 'PLAYS', first: 2 });
    expect(top.map(({ rank, name }) => [rank, name])).toEqual([
      [1, 'A'],
      [1, 'B'],
    ]);
  });
});

describe('an answer', () => {
  it('is remembered as long as the account is open, unless it is a long list', async () => {
    const { listening } = await openListeningFixture([makePlay({})]);
    const ask = (sql: string) => listening.figures<{ at: number }>(sql);
    const short = 'select random() as at from me.heard';
    expect(await ask(short)).toEqual(await ask(short));
    const long = 'select random() as at from me.heard, range(1000)';
    expect(await ask(long)).not.toEqual(await ask(long));
  });

  it('is not remembered when it failed, nor asked for by a request that is over', async () => {
    const { listening, open } = await openListeningFixture([makePlay({})]);
    const over = open.forRequest(AbortSignal.abort());
    const sql = 'select count(*) as plays from me.heard';
    await expect(over.figures(sql)).rejects.toThrow();
    expect(await listening.figures(sql)).toEqual([{ plays: 1 }]);
  });
});
