// Every field of every kind of document says, one after the other, everything that makes no sense there. Nobody can take a landed document
// back: whatever it says, a snapshot is published, and what could not be used is listed.
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { contentOf } from './incremental-equality.ts';
import { openPublisher } from './publish-harness.ts';

/** Slack for a machine that eight work on. */
const SLACK_MS = 600_000;
const AT = Date.UTC(2026, 10, 20);

type Value = string | number | boolean | null | Value[] | { [name: string]: Value };

const id = (prefix: string, number = 0) => `${prefix}${String(number).padStart(22 - prefix.length, '0')}`;
const ARTIST = { id: id('A'), name: 'Artist' };
const IMAGES = [{ url: 'https://i', width: 640, height: 640 }];
const LINKS = { spotify: 'https://open' };
const SCORES = {
  ...{
    danceability: 0.5,
    energy: 0.5,
    valence: 0.5,
    acousticness: 0.5,
    instrumentalness: 0.5,
    liveness: 0.5,
  },
  ...{ speechiness: 0.5, tempo: 120, loudness: -5, key: 0, mode: 1, time_signature: 4 },
};
const CELLS = Object.fromEntries(Object.entries(SCORES).map(([name, value]) => [name, String(value)]));

/** What a kind says when all is well, and in which field it has its id; `prefix` tells the ids of kinds apart. */
const USUAL: readonly {
  source: string;
  kind: LandedDocument['kind'];
  key: string;
  prefix: string;
  body: { [name: string]: Value };
}[] = [
  {
    ...{ source: 'spotify', kind: 'artist', key: 'id', prefix: 'A' },
    body: {
      ...{ ...ARTIST, uri: 'u', genres: ['rock'], popularity: 50, followers: { total: 10 } },
      ...{ images: IMAGES, external_urls: LINKS },
    },
  },
  {
    ...{ source: 'spotify', kind: 'album', key: 'id', prefix: 'B' },
    body: {
      ...{
        id: '',
        name: 'Album',
        uri: 'u',
        album_type: 'album',
        release_date: '2001-02-03',
        release_date_precision: 'day',
      },
      ...{
        artists: [ARTIST],
        total_tracks: 1,
        popularity: 5,
        label: 'L',
        external_ids: { upc: '1', ean: '2', amgid: '3' },
      },
      ...{
        external_urls: LINKS,
        images: IMAGES,
        copyrights: [{ text: 'c', type: 'C' }],
        available_markets: ['DE', 'SE'],
      },
    },
  },
  {
    ...{ source: 'spotify', kind: 'track', key: 'id', prefix: 'T' },
    body: {
      ...{
        id: '',
        name: 'Track',
        uri: 'u',
        duration_ms: 200_000,
        explicit: false,
        popularity: 5,
        disc_number: 1,
        track_number: 1,
      },
      ...{
        preview_url: 'p',
        is_local: false,
        external_ids: { isrc: 'X' },
        external_urls: LINKS,
        album: { id: id('B') },
      },
      ...{
        linked_from: { id: id('T', 1) },
        available_markets: ['DE', 'SE'],
        artists: [ARTIST, { id: id('A', 1), name: 'Other' }],
      },
    },
  },
  { source: 'reccobeats', kind: 'audio_features', key: '', prefix: 'T', body: SCORES },
  {
    ...{ source: 'spotify', kind: 'playlist', key: 'id', prefix: 'P' },
    body: {
      ...{
        id: '',
        name: 'List',
        uri: 'u',
        description: 'd',
        owner: { id: 'o', display_name: 'O' },
        followers: { total: 1 },
      },
      ...{
        images: IMAGES,
        external_urls: LINKS,
        tracks: { items: [{ track: { id: id('T') } }, { track: { id: id('T', 1) } }] },
      },
    },
  },
  {
    ...{ source: 'kworb', kind: 'ranking', key: '', prefix: 'A' },
    body: {
      ...{ list: 'artists', updated: '2026-11-20', rank: 1, artist_id: id('A'), name: 'Artist' },
      cells: {
        ...{ Streams: '1,234.5', Daily: '0.5', 'As lead': '1', Solo: '1', 'As feature': '1', Listeners: '5' },
        ...{ 'Daily +/-': '+1', Peak: '1', PkListeners: '7' },
      },
    },
  },
  {
    ...{ source: 'spotify', kind: 'name_match', key: '', prefix: 'N' },
    body: { status: 'AMBIGUOUS', candidates: [{ name: 'Artist', artist_id: id('A') }] },
  },
  {
    ...{ source: 'tidytuesday', kind: 'dataset_row', key: 'track_id', prefix: 'T' },
    body: {
      ...{
        track_id: '',
        track_name: 'Track',
        track_artist: 'Artist',
        track_popularity: '5',
        track_album_id: id('B'),
      },
      ...{
        track_album_name: 'Album',
        track_album_release_date: '2001-02-03',
        playlist_name: 'List',
        playlist_id: id('P'),
      },
      ...{ playlist_genre: 'pop', playlist_subgenre: 'dance', duration_ms: '200000', ...CELLS },
    },
  },
  {
    ...{ source: 'kaggle_114k', kind: 'dataset_row', key: 'track_id', prefix: 'T' },
    body: {
      ...{
        track_id: '',
        artists: 'Artist;Other',
        album_name: 'Album',
        track_name: 'Track',
        popularity: '5',
        duration_ms: '200000',
      },
      ...{ explicit: 'False', track_genre: 'pop', ...CELLS },
    },
  },
  {
    ...{ source: 'kaggle_1921_2020_data', kind: 'dataset_row', key: 'id', prefix: 'T' },
    body: {
      ...{
        id: '',
        name: 'Track',
        artists: "['Artist']",
        duration_ms: '200000',
        release_date: '1999',
        year: '1999',
        explicit: '0',
      },
      ...{ popularity: '5', ...CELLS },
    },
  },
  {
    ...{ source: 'kaggle_1921_2020_tracks', kind: 'dataset_row', key: 'id', prefix: 'T' },
    body: {
      ...{
        id: '',
        name: 'Track',
        artists: "['Artist']",
        id_artists: `['${id('A')}']`,
        duration_ms: '200000',
        release_date: '1999',
      },
      ...{ explicit: '0', popularity: '5', ...CELLS },
    },
  },
  {
    ...{ source: 'kaggle_1m2', kind: 'dataset_row', key: 'id', prefix: 'T' },
    body: {
      ...{
        id: '',
        name: 'Track',
        album: 'Album',
        album_id: id('B'),
        artists: "['Artist']",
        artist_ids: `['${id('A')}']`,
      },
      ...{
        track_number: '1',
        disc_number: '1',
        explicit: 'False',
        duration_ms: '200000',
        year: '2000',
        release_date: '2000-01-01',
        ...CELLS,
      },
    },
  },
  {
    ...{ source: 'kaggle_1921_2020_artists', kind: 'dataset_row', key: 'id', prefix: 'A' },
    body: { id: '', name: 'Artist', followers: '10', genres: "['rock']", popularity: '5' },
  },
];

/** Half of a sign that JSON can name and no text can hold. */
const HALF = '\ud83d';

const ODD: readonly Value[] = [
  ...[
    '',
    ' ',
    '-',
    'NA',
    'abc',
    'None',
    'null',
    '-1',
    '-0.5',
    '0',
    '1.5',
    '101',
    '4500000000',
    '99999999999999999999',
    '9'.repeat(400),
  ],
  ...[
    '1e300',
    '-1e300',
    '1e400',
    'inf',
    '-inf',
    'nan',
    'infinity',
    '-infinity',
    'epoch',
    '0000',
    '0001',
    '0999-01-01',
    '9999-12-31',
  ],
  ...[
    '1997-02-30',
    '294247-01-10',
    '[]',
    '{}',
    "['']",
    "['a', None, 'a']",
    "['\\ud83d', '\\U00110000', '\\x00']",
    ';',
    ' ; ',
    'a;a',
  ],
  ...["'", '"', 'a\u0000b', HALF, '\u3000', id('n'), id('T', 2).toLowerCase()],
  ...[null, true, false, 0, -1, -0.0001, 1.5, 1e300, -1e300, 4_500_000_000, 2 ** 63],
  ...[
    [],
    {},
    [null],
    [[]],
    [{}],
    ['DE', null],
    ['DE', 'DE', ''],
    [{ id: null }],
    [ARTIST, null, ARTIST],
    { id: null },
    { items: null },
  ],
];

/** A row of a file is written as JSON here, from text that was proved to be UTF-8: it has no half of a sign. */
const valuesOf = (kind: string) => (kind === 'dataset_row' ? ODD.filter((value) => value !== HALF) : ODD);

type Path = readonly (string | number)[];

/** Where a body says something: every field and every place of a list, whole lists and objects among them. */
function pathsOf(value: Value, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path];
  const inner = Object.entries(value).flatMap(([name, field]) =>
    pathsOf(field, [...path, Array.isArray(value) ? Number(name) : name]),
  );
  return path.length > 0 ? [path, ...inner] : inner;
}

function replace(body: Value, [first, ...rest]: Path, value: Value): Value {
  if (first === undefined) return value;
  const copy = structuredClone(body) as { [name: string]: Value };
  copy[first] = replace(copy[first] ?? null, rest, value);
  return copy;
}

function makeDocuments(): { usual: LandedDocument[]; odd: LandedDocument[] } {
  let number = 10;
  const make = (
    given: (typeof USUAL)[number],
    at: number,
    change: (body: Value) => Value,
  ): LandedDocument => {
    const { source, kind, key, prefix } = given;
    const own = key ? { ...given.body, [key]: id(prefix, at) } : given.body;
    return {
      ...{ source, kind, id: kind === 'dataset_row' ? String(at) : id(prefix, at), fetchedAt: AT },
      body: JSON.stringify(change(own)),
    };
  };
  return {
    usual: USUAL.map((given) => make(given, 0, (body) => body)),
    odd: USUAL.flatMap((given) =>
      pathsOf(given.body).flatMap((path) =>
        valuesOf(given.kind).map((value) => make(given, number++, (body) => replace(body, path, value))),
      ),
    ),
  };
}

it(
  'publishes a snapshot whatever a document says in any of its fields, the same in one build as in two, without a number that is none',
  async () => {
    const { usual, odd } = makeDocuments();
    const publisher = await openPublisher();
    onTestFinished(() => publisher.close());
    await publisher.addBatch('usual', usual);
    await publisher.publish();
    await publisher.addBatch('odd', odd);
    const { manifest, message } = await publisher.publish();
    expect(message).toContain(' new of ');
    if (!manifest) throw new Error('nothing was published');
    expect(manifest.checks.filter(({ passed, severity }) => !passed && severity === 'BLOCK')).toEqual([]);
    const whole = await publisher.publish({ force: true });
    expect(whole.manifest && contentOf(whole.manifest)).toEqual(contentOf(manifest));

    const db = await openMemoryDb();
    onTestFinished(() => db.close());
    for (const { layer, name, files } of manifest.relations) {
      const columns = await db.all<{ column_name: string; column_type: string }>(
        `describe from read_parquet([${files.map(({ path }) => `'${join(publisher.dataDir, path)}'`).join(', ')}])`,
      );
      for (const { column_name, column_type } of columns.filter(({ column_type }) =>
        /^(DOUBLE|DATE)$/.test(column_type),
      )) {
        const [found] = await db.all<{ n: number }>(
          `select count(*) as n from read_parquet([${files.map(({ path }) => `'${join(publisher.dataDir, path)}'`).join(', ')}])
            where not isfinite("${column_name}")`,
        );
        expect(found?.n, `${layer}.${name}.${column_name}, a ${column_type}`).toBe(0);
      }
    }
  },
  SLACK_MS,
);
