// Both engines are asked for the same random terms, and a model in plain TypeScript which names hold plain ones.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SearchHit, type SearchType, searchNames } from '../../../src/store/catalog/search.ts';
import { toGoldRows, WORD_POOL } from '../../fixtures/catalogue-model.ts';
import type { GoldFixtureRows } from '../../fixtures/gold.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';
import { model, next, pick, rounds, whole } from './drawn-catalogue.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const LIMITS = { maxPageSize: 100 };
/** Names that a term may be spelled otherwise than. */
const ODD_NAMES = [
  'The Blue Moon',
  'AC/DC',
  'Night & River',
  'R.E.M.',
  'Jay-Z',
  'Moon (Remastered) - Live',
  'X',
  'U2',
];

interface Release {
  readonly id: string;
  readonly name: string;
  readonly popularity: number | null;
  readonly totalTracks: number | null;
  readonly tracks: readonly { readonly popularity: number | null }[];
}

/** Albums of one name, with a track each. */
const oddAlbums: Release[] = ODD_NAMES.flatMap((name, at) =>
  [0, 1, 2].map((n) => ({
    id: `odd${at}-${n}`,
    name,
    popularity: pick([null, null, 40]),
    totalTracks: pick([null, 8]),
    tracks: [{ popularity: pick([null, 5, 90]) }],
  })),
);
const albums = new Map([...model.albums, ...oddAlbums].map((album): [string, Release] => [album.id, album]));
/** By threes they are market twins of each other; gold prefers the most popular, then that with most tracks. */
const preferred = new Map(
  [...albums.values()].map(({ id }, at, all) => {
    const [first] = all
      .slice(at - (at % 3), at - (at % 3) + 3)
      .toSorted(
        (a, b) =>
          (b.popularity ?? -1) - (a.popularity ?? -1) ||
          (b.totalTracks ?? -1) - (a.totalTracks ?? -1) ||
          (a.id < b.id ? -1 : 1),
      );
    return [id, first?.id ?? id];
  }),
);

let engines: TwoEngines;
beforeAll(async () => {
  const rows = toGoldRows(model);
  const odd = <T>(make: (name: string, id: string) => T) =>
    ODD_NAMES.map((name, at) => make(name, `odd${at}`));
  const artists = [...model.artists.map(({ id }) => id), ...odd((_, id) => id)];
  const more: GoldFixtureRows = {
    artists: odd((name, artist_id) => ({ artist_id, name, popularity: pick([null, 7, 70]) })),
    albums: oddAlbums.map(({ id, name, popularity, totalTracks }) => ({
      album_id: id,
      name,
      popularity,
      total_tracks: totalTracks,
      artists: [pick(artists)],
    })),
    tracks: [
      ...oddAlbums.map(({ id, tracks }) => ({
        track_id: `${id}-1`,
        album_id: id,
        popularity: tracks[0]?.popularity ?? null,
      })),
      ...Array.from({ length: 80 }, (_, at) => ({
        track_id: `odd${at}`,
        name: `${pick(ODD_NAMES)}${pick(['', ' - Live', ' (feat. Somebody)', ` ${pick(WORD_POOL)}`])}`,
        popularity: pick([null, 0, 40, 99]),
        artists: [...new Set([pick(artists), pick(artists)])],
      })),
    ],
  };
  engines = await openTwoEngines({
    ...rows,
    artists: [...(rows.artists ?? []), ...(more.artists ?? [])],
    albums: [...(rows.albums ?? []), ...(more.albums ?? [])].map((album) => ({
      ...album,
      preferred_album_id: preferred.get(album.album_id) ?? null,
    })),
    tracks: [...(rows.tracks ?? []), ...(more.tracks ?? [])],
  });
});
afterAll(() => engines?.close());

const both = () => [engines.withIndex, engines.duckDbAlone];

/** All pages of a size, one after the other. */
async function listAll(
  term: string,
  types: SearchType[],
  first: number,
  includeDuplicates = false,
): Promise<SearchHit[]> {
  const hits: SearchHit[] = [];
  for (let after: string | undefined; ; ) {
    const pages = await Promise.all(
      both().map((catalog) =>
        searchNames(catalog, { term, types, first, after, includeDuplicates }, LIMITS).page(),
      ),
    );
    const [page] = pages;
    expect(page, term).toEqual(pages[1]);
    hits.push(...(page?.edges ?? []).map(({ node }) => node));
    after = page?.edges.at(-1)?.cursor;
    if (!page?.hasNextPage) return hits;
  }
}

const wordsOf = (name: string) => name.split(/\s+/);
const drawName = (): string[] => {
  const track = pick(model.tracks);
  const named = [track.name, ...track.artists.map(({ name }) => name), pick(ODD_NAMES), pick(ODD_NAMES)];
  return wordsOf(pick(named));
};

/** As people type: words of a name or two, in some order, cut short, misspelt, joined, in other letters, with other words between them. */
function drawTerm(): string {
  const parts = [...drawName(), ...(next() < 0.7 ? drawName() : [])].slice(0, 1 + whole(5));
  if (next() < 0.3) parts.reverse();
  if (next() < 0.3) parts.splice(whole(parts.length), 0, pick(['the', 'by', '-', 'feat.', 'and', '&', 'a']));
  const term = parts
    .map((part) => {
      const at = whole(part.length);
      const roll = next();
      if (roll < 0.08) return part.slice(0, at + 1);
      if (roll < 0.16) return part.slice(0, at) + part.slice(at + 1);
      if (roll < 0.22) return part.replace(/[^\p{L}\p{N}]/gu, pick(['', ' ', '-']));
      return roll < 0.3 ? part.toUpperCase() : part;
    })
    .join(next() < 0.05 ? '' : ' ');
  return term.trim() === '' ? 'x' : term;
}

const drawTypes = (): SearchType[] =>
  pick([[], [], ['TRACK'], ['ALBUM', 'TRACK'], ['ARTIST']] as SearchType[][]);

describe('searchNames', () => {
  it('gives the same hits by either engine, in pages of any size, and counts them', async () => {
    let found = 0;
    for (const _ of rounds()) {
      const [term, types] = [drawTerm(), drawTypes()];
      const hits = await listAll(term, types, 100);
      found += hits.length;
      expect(await listAll(term, types, 5 + whole(20)), term).toEqual(hits);
      expect(new Set(hits.map(({ type, id }) => `${type} ${id}`)).size, term).toBe(hits.length);
      expect(
        hits.map(({ score }) => score),
        term,
      ).toEqual(hits.map(({ score }) => score).toSorted((a, b) => b - a));
      for (const catalog of both()) {
        expect(await searchNames(catalog, { term, types }, LIMITS).count(), term).toBe(hits.length);
      }
    }
    // The draw would prove nothing if it found nothing.
    expect(found).toBeGreaterThan(rounds().length);
  });

  it('gives of each recording the first hit of its tracks, and of market twins the preferred one of those that fit best', async () => {
    const recordings = new Map(model.tracks.map(({ id, recordingId }) => [id, recordingId]));
    const groupOf = ({ type, id }: SearchHit) =>
      `${type} ${type === 'TRACK' ? (recordings.get(id) ?? id) : type === 'ALBUM' ? preferred.get(id) : id}`;
    /** The score without what popularity adds to it: that of the best of the first tracks, where an album has none. */
    const fitOf = ({ id, score }: SearchHit) => {
      const album = albums.get(id);
      const tracks = (album?.tracks ?? []).map(({ popularity }) => popularity ?? 0);
      return Math.round(100 * score - (album?.popularity ?? Math.max(0, ...tracks)) / 10);
    };
    const chooseTwin = (twins: readonly SearchHit[]) => {
      const best = Math.max(...twins.map(fitOf));
      const fitting = twins.filter((twin) => fitOf(twin) === best);
      return fitting.find(({ id }) => id === preferred.get(id)) ?? fitting[0];
    };
    const folded = { TRACK: 0, ALBUM: 0, ARTIST: 0 };
    const words = ['blue', 'moon', 'night', 'river', 'ambre', 'live'];
    const drawn = rounds().map((): [string, SearchType[]] => [pick(words), drawTypes()]);
    for (const [term, types] of [...drawn, ...ODD_NAMES.map((name): [string, SearchType[]] => [name, []])]) {
      const all = await listAll(term, types, 100, true);
      const expected = [...Map.groupBy(all, groupOf).values()].map((group) => {
        const [first] = group;
        const shown = first?.type === 'ALBUM' ? chooseTwin(group) : first;
        folded[first?.type ?? 'ARTIST'] += group.length - 1;
        return shown;
      });
      const given = await listAll(term, types, 10);
      expect(given, term).toEqual(all.filter((hit) => expected.includes(hit)));
    }
    expect(folded.TRACK).toBeGreaterThan(0);
    expect(folded.ALBUM).toBeGreaterThan(0);
    expect(folded.ARTIST).toBe(0);
  });

  it('finds what the model holds by its name, or by its name and its artists', async () => {
    const fold = (name: string) => name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    const holds = (name: string, word: string) =>
      fold(name).includes(word) ||
      fold(name)
        .replace(/[^\p{L}\p{N}\s]/gu, '')
        .includes(word);
    const isFound = (name: string, artists: readonly { name: string }[], words: readonly string[]) => {
      const inName = words.map((word) => holds(name, word));
      const inArtists = words.map((word) => artists.some((artist) => holds(artist.name, word)));
      const isShared =
        words.every((_, at) => inName[at] || inArtists[at]) &&
        words.some((_, at) => inName[at] && !inArtists[at]) &&
        words.some((_, at) => inArtists[at] && !inName[at]);
      return inName.every(Boolean) || isShared;
    };
    for (const _ of rounds()) {
      const words = Array.from({ length: 1 + whole(4) }, () =>
        pick(['blue', 'moon', 'ambar', 'night', 'river', 'obrien', 'under']),
      );
      const expected = [
        ...model.artists.filter(({ name }) => isFound(name, [], words)).map(({ id }) => `ARTIST ${id}`),
        ...model.albums
          .filter(({ name, artists }) => isFound(name, artists, words))
          .map(({ id }) => `ALBUM ${id}`),
        ...model.tracks
          .filter(({ name, artists }) => isFound(name, artists, words))
          .map(({ id }) => `TRACK ${id}`),
      ];
      const hits = await listAll(words.join(' '), [], 100, true);
      // Those with a slip score less.
      const found = hits.filter(({ id, score }) => score > 0.31 && !id.startsWith('odd'));
      expect(found.map(({ type, id }) => `${type} ${id}`).toSorted(), words.join(' ')).toEqual(
        expected.toSorted(),
      );
    }
  });
});
