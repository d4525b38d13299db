import { describe, expect, it } from 'vitest';
import { seededRandomness } from '../../src/clock.ts';
import { createCreditsBuilder } from '../../src/recommend/credits.ts';
import { type ExactRequest, type Neighbor, searchExact } from '../../src/recommend/exact-search.ts';
import { selectExact } from '../../src/recommend/select-exact.ts';
import { createSelection } from '../../src/recommend/selection.ts';

const MOST_KEPT = 4_096;

/** Tracks of some artists, of which the nearest are many by few of them; some recordings are there twice, and distances come twice. */
function makeTracks(count: number, artistCount: number, seed: number) {
  const random = seededRandomness(seed);
  const artists = Int32Array.from({ length: count }, () => Math.floor(random.next() ** 3 * artistCount) - 1);
  const recordings = Uint32Array.from({ length: count }, (_, at) => (at % 7 === 1 ? at - 1 : at));
  // Most of the songs are one recording; every eleventh is another version of the track before it.
  const songs = Uint32Array.from({ length: count }, (_, at) => (at % 11 === 1 ? at - 1 : at));
  const distances = Array.from(
    artists,
    (artist) => Math.max(0, artist) + Math.floor(random.next() * 1_000) / 500,
  );
  return {
    count,
    credits: creditsOf(artists),
    recordings,
    songs,
    distance: (label: number) => distances[label] as number,
  };
}

/** By one artist each; -1: by none. */
function creditsOf(artists: Int32Array) {
  const credits = createCreditsBuilder();
  for (const artist of artists) {
    credits.begin();
    if (artist >= 0) credits.add(artist);
  }
  return credits.finish();
}

type Tracks = ReturnType<typeof makeTracks>;

const rules = (maxPerArtist: number, first: number) => ({
  seeds: [3],
  withoutArtists: new Set([2]),
  includeVersions: false,
  maxPerArtist,
  first,
});

/** All tracks in their order, held to the rules one by one. */
function selectOfAll(tracks: Tracks, maxPerArtist: number, first: number): Neighbor[] {
  const { count, distance } = tracks;
  return createSelection(tracks, rules(maxPerArtist, first)).take(searchExact({ count, distance, k: count }));
}

async function select(tracks: Tracks, maxPerArtist: number, first: number) {
  const passes: number[] = [];
  const { count, distance } = tracks;
  const selection = createSelection(tracks, rules(maxPerArtist, first));
  const [found] = await selectExact(
    [{ count, distance, selection, first, firstKept: 4 * first + 10 }],
    async (requests: readonly ExactRequest[]) => {
      passes.push(...requests.map(({ k }) => k));
      return requests.map(searchExact);
    },
  );
  return { found, passes };
}

describe('selectExact', () => {
  it.each([
    [1, 100],
    [1, 20],
    [3, 100],
    [50, 100],
  ])('finds what keeping the rules over all tracks gives: %i of an artist, %i in all', async (cap, first) => {
    for (const seed of [1, 2, 3]) {
      const tracks = makeTracks(4_000, 60, seed);
      expect((await select(tracks, cap, first)).found).toEqual(selectOfAll(tracks, cap, first));
    }
  });

  it('keeps few, and passes few times, where the rules take nearly everything away', async () => {
    // 99 artists of a thousand tracks each, all of the first nearer than all of the second, and so on.
    const count = 99_000;
    const tracks = {
      count,
      credits: creditsOf(Int32Array.from({ length: count }, (_, at) => at % 99)),
      recordings: Uint32Array.from({ length: count }, (_, at) => at),
      songs: Uint32Array.from({ length: count }, (_, at) => at),
      distance: (label: number) => (label % 99) + label / count,
    };
    const { found, passes } = await select(tracks, 1, 100);
    // The first of each: none of the artist that is left out, and of the seed's the next.
    const first = Array.from({ length: 99 }, (_, at) => (at === 3 ? 102 : at)).filter((at) => at !== 2);
    expect(found?.map(({ label }) => label)).toEqual(first);
    expect(Math.max(...passes)).toBeLessThanOrEqual(MOST_KEPT);
    expect(passes.length).toBeLessThanOrEqual(30);
  });

  it('asks no more of what has enough, and nothing of nothing', async () => {
    const tracks = {
      ...makeTracks(300, 5, 4),
      credits: creditsOf(Int32Array.from({ length: 300 }, (_, at) => at % 4)),
    };
    const { count, distance } = tracks;
    const asked: number[] = [];
    const requests = [1, 200].map((maxPerArtist) => ({
      count,
      distance,
      selection: createSelection(tracks, rules(maxPerArtist, 20)),
      first: 20,
      firstKept: 90,
    }));
    const search = async (all: readonly ExactRequest[]) => {
      asked.push(all.length);
      return all.map(searchExact);
    };
    const found = await selectExact(requests, search);
    expect(found.map(({ length }) => length)).toEqual([3, 20]);
    expect(asked).toEqual([2, 1]);
    expect(await selectExact([], search)).toEqual([]);
  });
});
