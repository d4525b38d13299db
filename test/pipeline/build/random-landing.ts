// Random documents over few ids, names and times, so that everything meets: versions of one entity, equal stamps, several sources,
// recordings, market twins, re-linked tracks and the albums that list them, names that turn out to be real artists, playlists that lose tracks, values that cannot be used.
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';

export type Random = () => number;

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NAMES = ['One', 'Two', 'Ünë', 'Various Artists', ''];
const TITLES = ['Song', 'song ', 'Intro', 'Other', ''];
const TIMES = [1, 2, 2, 3].map((day) => Date.UTC(2026, 10, day));

export function makeDocuments(random: Random, count: number): LandedDocument[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const maybe = <T>(value: T): T | undefined => (random() < 0.7 ? value : undefined);
  const id = (prefix: string, pool: number) => `${prefix}${Math.floor(random() * pool)}`.padEnd(22, 'x');
  const artist = () => ({ id: id('1a', 5), name: pick(NAMES) });
  const images = () => [{ url: pick(['a', 'b']), width: pick([64, 640, null]), height: 64 }];
  const listed = () => ({
    id: id('3c', 8),
    linked_from: maybe({ id: id('3c', 8) }),
    disc_number: pick([1, '2']),
    track_number: maybe(pick([1, 2])),
  });
  const embedded = () => ({
    id: id('2b', 6),
    name: pick(TITLES),
    release_date: maybe(pick(['1997', '2001-05-20'])),
    release_date_precision: maybe('year'),
    artists: maybe([artist()]),
  });
  const score = () => pick([0, 0.25, 0.5, 0.75, 1]);
  const features = () => ({
    danceability: score(),
    energy: score(),
    valence: score(),
    acousticness: score(),
    instrumentalness: score(),
    liveness: score(),
    speechiness: score(),
    tempo: pick([0, 100, 120.5]),
    loudness: -7.5,
    key: pick([-1, 0, 11, 12]),
    mode: pick([0, 1]),
    time_signature: 4,
  });
  const document = (
    source: string,
    kind: LandedDocument['kind'],
    key: string,
    body: unknown,
  ): LandedDocument => ({
    source,
    kind,
    id: key,
    fetchedAt: pick(TIMES),
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const makers: (() => LandedDocument)[] = [
    () => {
      const { id: key, name } = artist();
      return document('spotify', 'artist', key, {
        id: key,
        name,
        popularity: maybe(pick([10, 20, '30', 400])),
        followers: maybe({ total: pick([5, 4_500_000_000]) }),
        genres: pick([[], ['rock'], ['pop', 'rock']]),
        images: images(),
      });
    },
    () => {
      const key = id('2b', 4);
      return document('spotify', 'album', key, {
        id: key,
        name: pick(TITLES),
        album_type: maybe(pick(['album', 'single', 'compilation', 'x'])),
        release_date: maybe(pick(['1997', '1997-05', '2001-05-20', '0000'])),
        popularity: maybe(pick([1, 2])),
        external_ids: maybe({ upc: pick(['012', '12', '99']) }),
        artists: maybe([artist()]),
        images: images(),
        copyrights: maybe([{ text: 'C', type: 'C' }]),
        available_markets: maybe(pick([['DE'], ['SE', 'DE']])),
        tracks: maybe({ items: pick([[], [listed()], [listed(), listed()]]) }),
      });
    },
    () => {
      const key = id('3c', 8);
      return document('spotify', 'track', key, {
        id: pick([key, key, id('3c', 8)]),
        name: pick(TITLES),
        disc_number: maybe(1),
        track_number: maybe(pick([1, 2, 3])),
        duration_ms: maybe(pick([1_000, 2_500, 4_000, 9_000])),
        explicit: maybe(pick([true, false, 'perhaps'])),
        popularity: maybe(pick([1, 50, 99])),
        external_ids: maybe({ isrc: pick(['a', 'b', 'c']) }),
        album: maybe(pick([{ id: id('2b', 4) }, embedded()])),
        artists: maybe(pick([[artist()], [artist(), artist()]])),
        available_markets: maybe(pick([['DE'], ['DE', null]])),
      });
    },
    () => document('spotify', 'audio_features', id('3c', 9), pick([features(), {}, { energy: 2, tempo: 0 }])),
    () => document('reccobeats', 'audio_features', id('3c', 9), features()),
    () => {
      const { id: key, name } = artist();
      return document('kworb', 'ranking', key, {
        list: pick(['artists', 'listeners']),
        updated: pick(['2026-11-01', '2026-11-02', null]),
        artist_id: key,
        name,
        cells: { Streams: pick(['1.5', '', 'x']), Listeners: maybe('7') },
      });
    },
    () => {
      const key = pick(['pl1', 'pl2']);
      return document('spotify', 'playlist', key, {
        id: key,
        name: pick(TITLES),
        tracks: { items: [id('3c', 9), id('3c', 9), id('3c', 9)].map((track) => ({ track: { id: track } })) },
      });
    },
    () =>
      document('tidytuesday', 'dataset_row', String(Math.floor(random() * 1_000)), {
        track_id: id('3c', 8),
        track_name: pick(TITLES),
        track_artist: pick(['One', 'Two', 'Three']),
        track_popularity: '5',
        track_album_id: id('2b', 4),
        track_album_name: 'L',
        track_album_release_date: '1997',
        playlist_name: pick(['P', 'Q']),
        playlist_id: pick(['pl1', 'pl3']),
        playlist_genre: pick(['pop', 'edm']),
        playlist_subgenre: 'dance',
        duration_ms: pick(['1000', '2500']),
        energy: pick(['0.5', 'loud']),
        tempo: pick(['0', '-5', 'inf']),
      }),
    () =>
      document('kaggle_1m2', 'dataset_row', String(Math.floor(random() * 1_000)), {
        id: id('3c', 8),
        name: pick(TITLES),
        album: 'L',
        album_id: id('2b', 4),
        artists: "['One']",
        artist_ids: `['${id('1a', 5)}']`,
        duration_ms: '4000',
        explicit: 'False',
        energy: '0.5',
        year: '1999',
        release_date: '1999',
      }),
    () =>
      document('kaggle_114k', 'dataset_row', String(Math.floor(random() * 1_000)), {
        track_id: id('3c', 8),
        track_name: pick(TITLES),
        artists: pick(['One', 'One;Two', ' One ; Four', 'Various Artists', '']),
        album_name: pick(['L', 'M', '']),
        popularity: pick(['5', '4500000000']),
        explicit: pick(['True', 'perhaps']),
        track_genre: pick(['pop', 'edm', '']),
        duration_ms: '1000',
        energy: '0.5',
      }),
    () =>
      document(
        'spotify',
        pick(['artist', 'track', 'album']),
        pick(['short', id('3c', 2)]),
        pick(['<html>', '[]', '{}']),
      ),
    () => {
      const status = pick(['MATCHED', 'AMBIGUOUS', 'UNKNOWN', 'UNANSWERED', '']);
      return document('spotify', 'name_match', pick(['One', 'Two', 'Ünë']), {
        status,
        artist_id: status === 'MATCHED' ? id('1a', 5) : null,
        candidates: maybe([{ artist_id: id('1a', 5), name: pick(NAMES), score: score() }]),
      });
    },
    () =>
      document('tidytuesday', 'malformed_row', String(Math.floor(random() * 1_000)), { reason: 'cut off' }),
  ];
  const documents = Array.from({ length: count }, () => pick(makers)());
  // Within a batch a key lands once.
  return [
    ...new Map(documents.map((given) => [`${given.source} ${given.kind} ${given.id}`, given])).values(),
  ];
}

/** One document of every source, so that no later batch brings a source for the first time. */
export function makeFirstBatch(random: Random): LandedDocument[] {
  const wanted = ['spotify', 'reccobeats', 'kworb', 'tidytuesday', 'kaggle_1m2', 'kaggle_114k'];
  for (;;) {
    const documents = makeDocuments(random, 40);
    const has = (source: string) =>
      documents.some((given) => given.source === source && given.kind !== 'malformed_row');
    if (wanted.every(has)) return documents;
  }
}
