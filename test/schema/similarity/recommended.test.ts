import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { createListBudget } from '../../../src/http/limits/list-budget.ts';
import type { Context } from '../../../src/schema/context.ts';
import { buildSchema } from '../../../src/schema/schema.ts';
import type { LandedPlay } from '../../../src/store/listening/listening-file.ts';
import type { GoldFixtureRows } from '../../fixtures/gold.ts';
import { openSimilarCatalog, type SimilarCatalog } from '../../fixtures/similar-catalog.ts';
import { makePlay, openListeningFixture } from '../../store/listening/listening-fixture.ts';

const TRACKS = 150;
const PLAYED = 130;
const NOW = Date.UTC(2024, 5, 1);
const idOf = (n: number) => `t${String(n).padStart(21, '0')}`;
const MUTE = 'mute'.padEnd(22, '0');
const LIVE = 'live'.padEnd(22, '0');
const ARTISTS = 30;
const energyOf = (n: number) => 0.5 + 0.3 * Math.sin(n / 40);
const soundOf = (n: number) => ({
  artists: [`a${Math.floor(n / 5)}`],
  danceability: 0.2 + n / 300,
  energy: energyOf(n),
  valence: 0.5,
  tempo: 90 + n / 3,
  loudness: -8,
  acousticness: 0.2,
  instrumentalness: 0.1,
  liveness: 0.1,
  speechiness: 0.1,
});
/** Along a line: each track is nearest to those beside it. One more has no features, and one is another version of track 5. */
const rows: GoldFixtureRows = {
  artists: Array.from({ length: ARTISTS }, (_, n) => ({ artist_id: `a${n}` })),
  tracks: [
    { track_id: MUTE, name: 'mute' },
    { track_id: LIVE, name: 'tune 5 - Live', ...soundOf(5) },
    ...Array.from({ length: TRACKS }, (_, n) => ({
      track_id: idOf(n),
      name: `tune ${n}`,
      ...soundOf(n),
    })),
  ],
};

let opened: SimilarCatalog;
beforeAll(async () => {
  opened = await openSimilarCatalog(rows);
});
afterAll(() => opened.close());

interface Recommended {
  readonly reason: string | null;
  readonly unknownAway: string[];
  readonly nodes: { track: { id: string }; distance: number; seed: { id: string } }[];
}

const NODES = '{ reason unknownAway nodes { track { id } distance seed { id } } }';

/** A listener of these plays, who is asked what to play next and, beside it, what else. */
async function openListener(plays: readonly LandedPlay[]) {
  const { listening } = await openListeningFixture(plays, rows);
  const contextValue = {
    config: readConfig({}),
    lists: createListBudget(readConfig({})),
    clock: { now: () => NOW },
    catalog: opened.catalog,
    similarity: opened.similarity,
    loaders: { trackById: { load: async (id: string) => ({ trackId: id, id }) } },
    findListener: async () => ({ account: { id: 'sandbox' }, listening, exports: [] }),
    signal: new AbortController().signal,
  } as unknown as Context;
  return async (args: string, beside = '') => {
    const source = `{ me { recommended(${args}) ${NODES} } ${beside} }`;
    const { data, errors } = await graphql({ schema: buildSchema(), source, contextValue });
    if (errors) throw errors[0];
    const { me, ...others } = data as { me: { recommended: Recommended }; similarTracks: Recommended };
    return { ...me, ...others };
  };
}

const recommend = async (plays: readonly LandedPlay[], args: string) =>
  (await (await openListener(plays))(args)).recommended;

const playOf = (n: number, msPlayed = 180_000) => makePlay({ trackId: idOf(n), endedAt: NOW, msPlayed });

describe('recommended', () => {
  it('finds what was not played behind everything near that was', async () => {
    const seeds = Array.from({ length: 10 }, () => playOf(0));
    const begun = Array.from({ length: PLAYED - 1 }, (_, n) => playOf(n + 1, 5_000));
    const found = await recommend([...seeds, ...begun], 'first: 10, maxPerArtist: 100');
    expect([found.nodes.length, found.reason]).toEqual([10, null]);
  });

  it('says that the catalogue has no more, and blames no filter', async () => {
    // The other version of track 5 is of a song that was played.
    const all = Array.from({ length: TRACKS - 3 }, (_, n) => playOf(n));
    const found = await recommend(all, 'first: 10, maxPerArtist: 100');
    expect([found.nodes.length, found.reason]).toEqual([3, 'CATALOGUE_TOO_SMALL']);
  });

  it('takes seeds that the catalogue knows, however much else was played', async () => {
    const lacking = Array.from({ length: 300 }, (_, n) => makePlay({ trackId: `x${n}`.padEnd(22, '0') }));
    const found = await recommend([...lacking, playOf(5)], 'first: 4');
    expect(found.nodes).toHaveLength(4);
  });

  it('tells a listener without plays from one whose tracks the catalogue lacks, or has no features of', async () => {
    const reasonOf = async (plays: readonly LandedPlay[]) => {
      const { reason, nodes } = await recommend(plays, 'first: 4');
      expect(nodes).toEqual([]);
      return reason;
    };
    expect(await reasonOf([])).toBe('NOTHING_PLAYED');
    // Begun for a second.
    expect(await reasonOf([playOf(5, 1_000)])).toBe('NOTHING_PLAYED');
    expect(await reasonOf([makePlay({ trackId: 'y'.repeat(22) })])).toBe('UNKNOWN_TRACK');
    expect(await reasonOf([makePlay({ trackId: MUTE })])).toBe('NO_AUDIO_FEATURES');
  });

  it('takes what similar tracks take, and finds what they find near the same plays', async () => {
    const ask = await openListener([
      playOf(5),
      { ...playOf(5), endedAt: NOW - 3_600_000 },
      playOf(6),
      playOf(100),
    ]);
    const listened = `[{ id: "${idOf(5)}", plays: 2 }, { id: "${idOf(6)}" }, { id: "${idOf(100)}" }]`;
    const size = 'first: 8, maxPerArtist: 2';
    const plain = await ask(`includePlayed: true, ${size}`);
    for (const args of [
      'mood: { energy: 0.2 }',
      `away: ["${idOf(12)}", "gone"]`,
      'weights: { tempo: 0, energy: 5 }',
      'interests: 1',
      'includeSeedArtists: false',
      'includeVersions: true',
      'mood: { energy: 0.7 }, interests: 2, includeSeedArtists: false, where: { tempo: { gt: 100 } }',
    ]) {
      const { recommended, similarTracks } = await ask(
        `includePlayed: true, ${size}, ${args}`,
        `similarTracks(listened: ${listened}, ${size}, ${args}) ${NODES}`,
      );
      expect(recommended, args).toEqual(similarTracks);
      expect(recommended.nodes, args).toHaveLength(8);
      expect(recommended.nodes, args).not.toEqual(plain.recommended.nodes);
    }
  });

  it('follows a mood, and brings other versions of what was played only where they are asked for', async () => {
    const ask = await openListener([playOf(5), playOf(6)]);
    const idsOf = async (args: string) =>
      (await ask(`first: 8, ${args}`)).recommended.nodes.map(({ track }) => track.id);
    const missed = (ids: string[]) =>
      ids.reduce((sum, id) => sum + Math.abs(energyOf(Number(id.slice(1))) - 0.65), 0) / ids.length;
    expect(missed(await idsOf('mood: { energy: 0.65 }'))).toBeLessThan(missed(await idsOf('')));
    expect(await idsOf('')).not.toContain(LIVE);
    const versions = await idsOf('includeVersions: true');
    expect(versions).toContain(LIVE);
    expect(versions).not.toContain(idOf(5));
  });

  it('says which tracks to move away from it does not know, and refuses what no mood or filter can be, plays or none', async () => {
    const { unknownAway } = await recommend([playOf(5)], `away: ["gone", "${idOf(9)}"], first: 3`);
    expect(unknownAway).toEqual(['gone']);
    for (const plays of [[], [playOf(5)]]) {
      await expect(recommend(plays, 'mood: { energy: 1.5 }')).rejects.toThrow(
        'mood.energy is 1.5; a number from 0 to 1 is expected',
      );
      await expect(recommend(plays, 'where: { market: "germany" }')).rejects.toThrow(
        '"where.market" is "germany"; an ISO 3166-1 alpha-2 country in capitals',
      );
    }
  });
});
