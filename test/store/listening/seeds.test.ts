import { describe, expect, it } from 'vitest';
import { findPlayed, listPlayedTracks } from '../../../src/store/listening/seeds.ts';
import { listWantedTracks } from '../../../src/store/listening/wanted-tracks.ts';
import { makePlay, openListeningFixture } from './listening-fixture.ts';

const NOW = Date.UTC(2024, 5, 1);
const DAY_MS = 86_400_000;
const idOf = (name: string) => name.padEnd(22, '0');
const played = (name: string, daysAgo: number, times = 1, about: object = {}) =>
  Array.from({ length: times }, (_, at) =>
    makePlay({
      trackId: idOf(name),
      trackName: name,
      endedAt: NOW - daysAgo * DAY_MS - at * 600_000,
      ...about,
    }),
  );

describe('listPlayedTracks', () => {
  it('puts first what was played often and lately, and leaves out what was only begun', async () => {
    const { listening } = await openListeningFixture([
      ...played('often', 10, 8),
      ...played('long ago', 360, 8),
      ...played('once', 1),
      ...played('begun', 0, 9, { msPlayed: 5_000 }),
    ]);
    const seeds = await listPlayedTracks(listening, NOW, 10);
    expect(seeds.map(({ id }) => id)).toEqual([idOf('often'), idOf('once'), idOf('long ago')]);
    expect(seeds[0]).toMatchObject({ plays: 8, daysAgo: expect.closeTo(10, 6) });
  });
});

describe('findPlayed', () => {
  it('knows a track under another id of the same recording', async () => {
    const tracks = ['a', 'b', 'c'].map((name) => ({
      track_id: idOf(name),
      name,
      recording_id: idOf(name === 'b' ? 'a' : name),
    }));
    const { listening } = await openListeningFixture(played('a', 1), { tracks });
    const found = await findPlayed(
      listening,
      tracks.map(({ track_id }) => track_id),
    );
    expect([...found].sort()).toEqual([idOf('a'), idOf('b')]);
  });
});

describe('findPlayed of nothing', () => {
  it('is nothing: no track of the index is near what was played', async () => {
    const { listening } = await openListeningFixture(played('a', 1));
    expect(await findPlayed(listening, [])).toEqual(new Set());
  });
});

describe('listWantedTracks', () => {
  it('names what was played and the catalogue lacks, the most played first', async () => {
    const { listening } = await openListeningFixture(
      [...played('known', 1, 5), ...played('few', 1), ...played('many', 1, 3)],
      { tracks: [{ track_id: idOf('known'), name: 'known' }] },
    );
    expect(await listWantedTracks(listening, 10)).toEqual([idOf('many'), idOf('few')]);
  });
});
