import { graphql } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Context } from '../../src/schema/context.ts';
import { buildSchema } from '../../src/schema/schema.ts';
import type { LandedPlay } from '../../src/store/listening/listening-file.ts';
import type { GoldFixtureRows } from '../fixtures/gold.ts';
import { openSimilarCatalog, type SimilarCatalog } from '../fixtures/similar-catalog.ts';
import { makePlay, openListeningFixture } from '../store/listening/listening-fixture.ts';

const TRACKS = 150;
const PLAYED = 130;
const NOW = Date.UTC(2024, 5, 1);
const idOf = (n: number) => `t${String(n).padStart(21, '0')}`;
const MUTE = 'mute'.padEnd(22, '0');
/** Along a line: each track is nearest to those beside it. One more has no features. */
const rows: GoldFixtureRows = {
  tracks: [
    { track_id: MUTE, name: 'mute' },
    ...Array.from({ length: TRACKS }, (_, n) => ({
      track_id: idOf(n),
      name: `track ${n}`,
      danceability: 0.2 + n / 300,
      energy: 0.5 + 0.3 * Math.sin(n / 40),
      valence: 0.5,
      tempo: 90 + n / 3,
      loudness: -8,
      acousticness: 0.2,
      instrumentalness: 0.1,
      liveness: 0.1,
      speechiness: 0.1,
    })),
  ],
};

let opened: SimilarCatalog;
beforeAll(async () => {
  opened = await openSimilarCatalog(rows);
});
afterAll(() => opened.close());

async function recommend(plays: readonly LandedPlay[], args: string) {
  const { listening } = await openListeningFixture(plays, rows);
  const contextValue = {
    config: readConfig({}),
    clock: { now: () => NOW },
    catalog: opened.catalog,
    similarity: opened.similarity,
    loaders: { trackById: { load: async (id: string) => ({ trackId: id, id }) } },
    findListener: async () => ({ account: { id: 'sandbox' }, listening, exports: [] }),
    signal: new AbortController().signal,
  } as unknown as Context;
  const source = `{ me { recommended(${args}) { reason nodes { distance } } } }`;
  const { data, errors } = await graphql({ schema: buildSchema(), source, contextValue });
  if (errors) throw errors[0];
  return (data as { me: { recommended: { reason: string | null; nodes: object[] } } }).me.recommended;
}

const playOf = (n: number, msPlayed = 180_000) => makePlay({ trackId: idOf(n), endedAt: NOW, msPlayed });

describe('recommended', () => {
  it('finds what was not played behind everything near that was', async () => {
    const seeds = Array.from({ length: 10 }, () => playOf(0));
    const begun = Array.from({ length: PLAYED - 1 }, (_, n) => playOf(n + 1, 5_000));
    const found = await recommend([...seeds, ...begun], 'first: 10, maxPerArtist: 100');
    expect([found.nodes.length, found.reason]).toEqual([10, null]);
  });

  it('says that the catalogue has no more, and blames no filter', async () => {
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
});
