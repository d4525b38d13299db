import { describe, expect, it } from 'vitest';
import { listPlayed, listSeeds } from '../../../src/store/listening/seeds.ts';
import { alternateAccounts, listWantedTracks } from '../../../src/store/listening/wanted-tracks.ts';
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

const withSound = (name: string) => ({ track_id: idOf(name), name, danceability: 0.5 });

describe('listSeeds', () => {
  it('puts first what was played often and lately, and leaves out what was only begun', async () => {
    const { listening } = await openListeningFixture(
      [
        ...played('often', 10, 8),
        ...played('long ago', 360, 8),
        ...played('once', 1),
        ...played('begun', 0, 9, { msPlayed: 5_000 }),
      ],
      { tracks: ['often', 'long ago', 'once', 'begun'].map(withSound) },
    );
    const seeds = await listSeeds(listening, NOW, 10);
    expect(seeds.map(({ id }) => id)).toEqual([idOf('often'), idOf('once'), idOf('long ago')]);
    expect(seeds[0]).toMatchObject({ plays: 8, daysAgo: expect.closeTo(10, 6) });
  });

  it('gives no place to a track that the catalogue lacks, or whose sound it does not know', async () => {
    const { listening } = await openListeningFixture(
      [...played('lacking', 1, 9), ...played('silent', 1, 9), ...played('known', 100)],
      { tracks: [withSound('known'), { track_id: idOf('silent'), name: 'silent' }] },
    );
    expect((await listSeeds(listening, NOW, 1)).map(({ id }) => id)).toEqual([idOf('known')]);
  });
});

describe('listPlayed', () => {
  it('knows a track under another id of the same recording, however short it was played', async () => {
    const tracks = ['a', 'b', 'c', 'd'].map((name) => ({
      track_id: idOf(name),
      name,
      recording_id: idOf(name === 'b' ? 'a' : name),
    }));
    const plays = [...played('a', 1), ...played('d', 1, 1, { msPlayed: 10 }), ...played('elsewhere', 1)];
    const { listening } = await openListeningFixture(plays, { tracks });
    expect((await listPlayed(listening)).sort()).toEqual([idOf('a'), idOf('b'), idOf('d')]);
  });
});

describe('listWantedTracks', () => {
  it('names what was played and the catalogue lacks, the most played first', async () => {
    const { listening } = await openListeningFixture(
      [...played('known', 1, 5), ...played('few', 1), ...played('many', 1, 3)],
      { tracks: [{ track_id: idOf('known'), name: 'known' }] },
    );
    expect(await listWantedTracks(listening, { first: 10, without: [] })).toEqual([
      idOf('many'),
      idOf('few'),
    ]);
  });

  it('fills its places though the most played ones are left out', async () => {
    const names = Array.from({ length: 500 }, (_, at) => `t${String(at).padStart(3, '0')}`);
    const { listening } = await openListeningFixture(names.flatMap((name) => played(name, 1)));
    const without = names.slice(0, 400).map(idOf);
    expect(await listWantedTracks(listening, { first: 2, without })).toEqual(names.slice(400, 402).map(idOf));
  });
});

describe('alternateAccounts', () => {
  it('gives every account its share, and a track that two want one place', () => {
    const wanted = new Map([
      ['anna', ['a1', 'a2', 'both', 'a3', 'a4']],
      ['bert', ['b1', 'both']],
      ['none', []],
    ]);
    expect([...alternateAccounts(wanted, 5)]).toEqual([
      ['a1', ['anna']],
      ['b1', ['bert']],
      ['a2', ['anna']],
      ['both', ['bert', 'anna']],
      ['a3', ['anna']],
    ]);
    expect([...alternateAccounts(new Map(), 5)]).toEqual([]);
  });
});
