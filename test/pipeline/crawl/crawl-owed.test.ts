// What a crawl could not have, and fetches when the run is retried or goes on.
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { albumsOf, type Crawl, countSince, DAY_MS, openCrawl, sortedIds, tracksOf } from './open-crawl.ts';

const down = { kind: 'status', status: 500 } as const;
const SINGLES = { profile: 'dev2026' } as const;
/** Refusals and logins are not what these tests count. */
const ENTITIES = ['artist', 'artist-albums', 'album', 'album-tracks', 'track', 'reccobeats'];

function fetchedSince({ sandbox }: Crawl, begin: number): Record<string, number> {
  const counts = Object.entries(countSince(sandbox, begin));
  return Object.fromEntries(counts.filter(([family]) => ENTITIES.includes(family)));
}

/** The artist with the fewest albums who has one that is longer than its own body tells. */
function longAlbumsOf({ sandbox }: Crawl) {
  const [artist] = sandbox.catalogue.artists
    .filter(({ albums }) => albums.filter(({ tracks }) => tracks.length > 50).length === 1)
    .sort((a, b) => a.albums.length - b.albums.length);
  if (!artist) throw new Error('there is no such artist');
  return { artist };
}

async function crawlTwo(
  family: string,
  nth: number | undefined,
  opened: Partial<Parameters<typeof openCrawl>[0]> = {},
) {
  const faults = [{ family, ...(nth ? { nth } : {}), answer: down }];
  const crawl = await openCrawl({ ...SINGLES, ...opened, faults });
  const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
  const partial = await crawl.run({
    artistIds: artists.map(({ id }) => id),
    batchSize: family === 'artist' ? 2 : 1,
  });
  expect(partial.status).toBe('PARTIAL');
  const begin = crawl.sandbox.requests.entries.length;
  return { crawl, artists, partial, begin };
}

describe('a retry of a PARTIAL crawl', () => {
  it('fetches the album that it owes with its tracks and their features, and nothing else', async () => {
    const { crawl, artists, partial, begin } = await crawlTwo('album', 2);
    const had = await crawl.landed('track');
    const ended = await crawl.retry(partial);
    expect([ended.status, ended.attempt]).toEqual(['SUCCEEDED', 2]);
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    const missing = sortedIds(tracksOf(artists)).length - had.length;
    expect(missing).toBeGreaterThan(0);
    expect(fetchedSince(crawl, begin)).toEqual({
      album: 1,
      track: missing,
      reccobeats: Math.ceil(missing / 40),
    });
    expect((await crawl.messages(ended, 'crawl.owed')).join()).toMatch(
      /^1 album documents? .*asked for again/,
    );
  });

  it('fetches the artist or the track that it owes, and nothing else', async () => {
    for (const family of ['artist', 'track'] as const) {
      const { crawl, artists, partial, begin } = await crawlTwo(family, 2);
      expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
      const all = family === 'artist' ? artists : tracksOf(artists);
      expect(await crawl.landed(family)).toEqual(sortedIds(all));
      expect(fetchedSince(crawl, begin)).toEqual({ [family]: 1 });
    }
  });

  it('fetches the albums of the artist whose list it owes, which held up no other artist, and nothing else', async () => {
    const { crawl, artists, partial, begin } = await crawlTwo('artist-albums', 1);
    const [first, second] = artists.map((artist) => [artist]);
    expect(await crawl.landed('artist')).toEqual(sortedIds(artists));
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(second ?? [])));
    expect((await crawl.messages(partial, 'crawl.unanswered')).join()).toMatch(
      /^1 lists of an artist's albums could not be had/,
    );
    const ended = await crawl.retry(partial);
    expect(ended.status).toBe('SUCCEEDED');
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(fetchedSince(crawl, begin)).toMatchObject({
      'artist-albums': Math.ceil(albumsOf(first ?? []).length / 10),
      album: albumsOf(first ?? []).length,
      track: sortedIds(tracksOf(first ?? [])).length,
    });
    // His own document says that he was visited, so that he is fresh again.
    expect(fetchedSince(crawl, begin).artist).toBe(1);
    expect((await crawl.messages(ended, 'crawl.owed')).join()).toMatch(/^1 lists of an artist's albums/);
  });

  it('fetches the further tracks of the album whose list it owes, and nothing else', async () => {
    const crawl = await openCrawl({
      ...SINGLES,
      artists: 42,
      faults: [{ family: 'album-tracks', nth: 1, answer: down }],
    });
    const long = longAlbumsOf(crawl);
    const parameters = { artistIds: [long.artist.id] };
    const partial = await crawl.run(parameters);
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    const tracks = sortedIds(tracksOf([long.artist]));
    const lacking = tracks.length - (await crawl.landed('track')).length;
    expect(lacking).toBeGreaterThan(0);
    // A source that fails on is owed the same, and the rest of the run stands.
    crawl.sandbox.requests.add({ family: 'album-tracks', answer: down });
    expect((await crawl.retry(partial)).status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('track')).toEqual(tracks);
    expect(fetchedSince(crawl, begin)).toEqual({
      'album-tracks': Math.ceil(lacking / 50),
      track: lacking,
      reccobeats: Math.ceil(lacking / 40),
    });
  });

  it('fetches the features that a provider owes which was down, and nothing else', async () => {
    const { crawl, artists, partial } = await crawlTwo('reccobeats', undefined);
    expect(await crawl.landed('audio_features')).toEqual([]);
    const again = await crawl.retry(partial);
    expect(again.status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(again)).status).toBe('SUCCEEDED');
    const tracks = sortedIds(tracksOf(artists));
    const misses = (await crawl.landed('miss')).filter((id) => id.startsWith('audio_features:'));
    expect((await crawl.landed('audio_features')).length + misses.length).toBe(tracks.length);
    expect(fetchedSince(crawl, begin)).toEqual({ reccobeats: Math.ceil(tracks.length / 40) });
  });

  it('fetches the features that a provider put off for days, which holds up no artist, and nothing else', async () => {
    const headers = { 'retry-after': String(6 * 86_400) };
    const answer = { kind: 'status', status: 429, headers } as const;
    const crawl = await openCrawl({ ...SINGLES, faults: [{ family: 'reccobeats', answer }] });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const partial = await crawl.run({ artistIds: artists.map(({ id }) => id), batchSize: 1 });
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect((await crawl.messages(partial, 'crawl.features')).join()).toMatch(
      /asked for no more "audio-features"/,
    );
    // Two calls go out together. It is not asked before its time, and the run stays as it is.
    const asked = crawl.sandbox.requests.count('reccobeats');
    expect(asked).toBeLessThanOrEqual(2);
    expect((await crawl.retry(partial)).status).toBe('PARTIAL');
    expect(crawl.sandbox.requests.count('reccobeats')).toBe(asked);
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(partial, true, { now: Date.now() + 7 * DAY_MS })).status).toBe('SUCCEEDED');
    expect(fetchedSince(crawl, begin)).toEqual({
      reccobeats: Math.ceil(sortedIds(tracksOf(artists)).length / 40),
    });
  });

  it('fetches the ranking of listeners that it owes', async () => {
    const crawl = await openCrawl({ faults: [{ family: 'kworb-listeners', answer: down }] });
    const partial = await crawl.run({ top: 2 });
    expect(partial.status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(countSince(crawl.sandbox, begin)).toEqual({ 'kworb-robots': 1, 'kworb-listeners': 1 });
    expect((await crawl.landing.listBatches({ sealed: true })).map(({ id }) => id)).toContain(
      `${partial.id}-listeners`,
    );
  });

  it('ends PARTIAL again while the source fails, and owes the same', async () => {
    const { crawl, artists, partial } = await crawlTwo('album', 2);
    crawl.sandbox.requests.add({ family: 'album', answer: down });
    const again = await crawl.retry(partial);
    expect(again.status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    expect((await crawl.retry(again)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
  });

  it('owes the features too while Spotify fails at them, which it gives to this key', async () => {
    const faults = [
      { family: 'albums', nth: 1, answer: down },
      { family: 'album', nth: 2, answer: down },
    ];
    const crawl = await openCrawl({ profile: 'extended', faults });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const partial = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    expect(partial.status).toBe('PARTIAL');
    const tracks = sortedIds(tracksOf(artists));
    crawl.sandbox.requests.clear();
    crawl.sandbox.requests.add({ family: 'features', answer: down });
    const again = await crawl.retry(partial);
    expect(again.status).toBe('PARTIAL');
    expect(await crawl.landed('track')).toEqual(tracks);
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(again)).status).toBe('SUCCEEDED');
    expect(countSince(crawl.sandbox, begin)).toMatchObject({ features: 1 });
    const misses = (await crawl.landed('miss')).filter((id) => id.startsWith('audio_features:'));
    expect((await crawl.landed('audio_features')).length + misses.length).toBe(tracks.length);
  });

  it('fetches the features of those tracks that Spotify failed at, while it gave others', async () => {
    const faults = [{ family: 'features', nth: 1, answer: down }];
    const crawl = await openCrawl({ faults });
    const artists = crawl.sandbox.catalogue.artists.slice(0, 3);
    const partial = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    expect((await crawl.messages(partial, 'crawl.features')).join()).toMatch(/stay without audio features/);
    const heard = async () =>
      (await crawl.landed('audio_features')).length +
      (await crawl.landed('miss')).filter((id) => id.startsWith('audio_features:')).length;
    const tracks = sortedIds(tracksOf(artists));
    expect(await crawl.landed('track')).toEqual(tracks);
    expect(await heard()).toBe(tracks.length - 100);
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(await heard()).toBe(tracks.length);
    expect(countSince(crawl.sandbox, begin)).toMatchObject({ features: 1 });
  });

  it('owes what it still could not have, beside what came', async () => {
    const crawl = await openCrawl({
      ...SINGLES,
      faults: [
        { family: 'album', nth: 2, answer: down },
        { family: 'album', nth: 4, answer: down },
      ],
    });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const partial = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    crawl.sandbox.requests.add({
      family: 'album',
      nth: crawl.sandbox.requests.count('album') + 2,
      answer: down,
    });
    const less = await crawl.retry(partial);
    expect(less.status).toBe('PARTIAL');
    const albums = sortedIds(albumsOf(artists));
    expect((await crawl.landed('album')).length).toBe(albums.length - 1);
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(less)).status).toBe('SUCCEEDED');
    expect(fetchedSince(crawl, begin).album).toBe(1);
    expect(await crawl.landed('album')).toEqual(albums);
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
  });

  it('loses nothing to a failure between what it notes and the seal', async () => {
    const crawl = await openCrawl({
      ...SINGLES,
      faults: [2, 4].map((nth) => ({ family: 'album', nth, answer: down })),
    });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const { sealBatch } = crawl.landing;
    const failSeal = () =>
      Object.assign(crawl.landing, {
        sealBatch: async () => {
          Object.assign(crawl.landing, { sealBatch });
          throw new Error('no space');
        },
      });
    failSeal();
    const unsealed = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    expect(unsealed.status).toBe('FAILED');
    crawl.sandbox.requests.add({
      family: 'album',
      nth: crawl.sandbox.requests.count('album') + 1,
      answer: down,
    });
    const partial = await crawl.retry(unsealed);
    expect(partial.status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    failSeal();
    expect((await crawl.retry(partial)).status).toBe('FAILED');
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(await crawl.landing.listBatches({ sealed: false })).toEqual([]);
  });

  it('waits where a quota puts off what it owes, and then completes the same batch', async () => {
    const { crawl, artists, partial } = await crawlTwo('album', 2);
    const body = JSON.stringify({ error: { status: 429, message: 'Slow', reason: 'QUOTA_EXCEEDED' } });
    const nth = crawl.sandbox.requests.count('track') + 1;
    const headers = { 'retry-after': '80000' };
    crawl.sandbox.requests.add({
      family: 'track',
      nth,
      answer: { kind: 'status', status: 429, body, headers },
    });
    const parked = await crawl.retry(partial);
    expect(parked.status).toBe('WAITING');
    const albumCalls = crawl.sandbox.requests.count('album');
    const ended = await crawl.again(parked, { now: (parked.resumesAt ?? 0) + 1 });
    expect(ended.status).toBe('SUCCEEDED');
    expect(crawl.sandbox.requests.count('album')).toBe(albumCalls);
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect(await crawl.landing.listBatches({ sealed: false })).toEqual([]);
  });

  it('says what must be crawled anew where the bodies of a batch were let go meanwhile', async () => {
    const { crawl, partial, begin } = await crawlTwo('reccobeats', undefined);
    crawl.sandbox.requests.clear();
    for (const { id } of await crawl.landing.listBatches()) await crawl.landing.releaseBodies(id, 1);
    const ended = await crawl.retry(partial);
    expect(ended.status).toBe('PARTIAL');
    expect(fetchedSince(crawl, begin)).toEqual({});
    expect((await crawl.messages(ended, 'crawl.owed')).join()).toMatch(/let go.*with force/);
  });

  it('fetches the features of a track that it owes by id, though the bodies of its batch were let go', async () => {
    const crawl = await openCrawl({
      ...SINGLES,
      faults: [
        { family: 'track', nth: 2, answer: down },
        { family: 'reccobeats', answer: down },
      ],
    });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const partial = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    crawl.sandbox.requests.clear();
    for (const { id } of await crawl.landing.listBatches()) await crawl.landing.releaseBodies(id, 1);
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.retry(partial)).status).toBe('PARTIAL');
    expect(fetchedSince(crawl, begin)).toEqual({ track: 1, reccobeats: 1 });
  });

  it('owes nothing of a batch that was withdrawn, whose artists it fetches once more', async () => {
    const { crawl, artists, partial } = await crawlTwo('album', 2);
    await crawl.landing.withdrawBatch(`${partial.id}-0000`, systemClock.now());
    const ended = await crawl.retry(partial);
    expect(ended.status).toBe('SUCCEEDED');
    expect(await crawl.messages(ended, 'crawl.owed')).toEqual([]);
    const again = `${partial.id}-0000-take2`;
    const albums = sortedIds(albumsOf(artists.slice(0, 1)));
    expect([...(await crawl.landing.findLandedIds(again, 'spotify', 'album', albums))].sort()).toEqual(
      albums,
    );
  });

  it('says what must be crawled anew where a batch of what it owed was withdrawn, and goes on with the rest', async () => {
    const faults = [2, 4].map((nth) => ({ family: 'album', nth, answer: down }));
    const crawl = await openCrawl({ ...SINGLES, faults });
    const { artists } = crawl.sandbox.catalogue;
    const partial = await crawl.run({ artistIds: artists.slice(3, 5).map(({ id }) => id) });
    const nth = crawl.sandbox.requests.count('album') + 2;
    crawl.sandbox.requests.add({ family: 'album', nth, answer: down });
    const less = await crawl.retry(partial);
    await crawl.landing.withdrawBatch(`${partial.id}-0001`, systemClock.now());
    const begin = crawl.sandbox.requests.entries.length;
    const ended = await crawl.retry(less);
    expect([ended.status, fetchedSince(crawl, begin).album]).toEqual(['SUCCEEDED', 1]);
    expect(await crawl.messages(ended, 'crawl.owed')).toContainEqual(
      expect.stringMatching(`^${partial.id}-0001 held .* Crawl its artists again, with force`),
    );
  });

  it('stays PARTIAL where an earlier version did not note what it owes, and says so', async () => {
    const { crawl, partial, begin } = await crawlTwo('album', 2);
    const { findRun } = crawl.runs;
    const asBefore = async (id: string) => {
      const run = await findRun(id);
      const { owed: _owed, ...kept } = run?.checkpoint ?? {};
      return run && { ...run, checkpoint: { ...kept, isWhole: false } };
    };
    Object.assign(crawl.runs, { findRun: asBefore });
    const again = await crawl.retry(partial);
    Object.assign(crawl.runs, { findRun });
    expect((await crawl.retry(again)).status).toBe('PARTIAL');
    expect(again.status).toBe('PARTIAL');
    expect(fetchedSince(crawl, begin)).toEqual({});
    expect((await crawl.messages(again, 'crawl.owed')).join()).toMatch(/did not note.*with force/);
  });
});

describe('a batch that goes on', () => {
  it('owes the one document that the source still fails at, though it asks for nothing else', async () => {
    const headers = { 'retry-after': '80000' };
    const quota = { kind: 'status', status: 429, headers } as const;
    for (const family of ['artist', 'album', 'track']) {
      const crawl = await openCrawl({
        ...SINGLES,
        faults: [
          { family, nth: 2, answer: down },
          { family: family === 'artist' ? 'artist-albums' : 'features', nth: 1, answer: quota },
        ],
      });
      const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
      const parked = await crawl.run({ artistIds: artists.map(({ id }) => id) });
      expect([family, parked.status]).toEqual([family, 'WAITING']);
      crawl.sandbox.requests.clear();
      crawl.sandbox.requests.add({ family, answer: down });
      const how = { now: (parked.resumesAt ?? 0) + 1 };
      const partial = await crawl.again(parked, how);
      expect([family, partial.status, partial.error]).toEqual([family, 'PARTIAL', null]);
      crawl.sandbox.requests.clear();
      expect((await crawl.retry(partial, true, how)).status).toBe('SUCCEEDED');
      const all = { artist: artists, album: albumsOf(artists), track: tracksOf(artists) }[family] ?? [];
      expect(await crawl.landed(family as 'artist')).toEqual(sortedIds(all));
      expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    }
  });
});

describe('an artist whose list of albums is answered wrongly', () => {
  const html = { kind: 'status', status: 200, body: '<html>oops</html>' } as const;
  it.each([
    ['not at all', { kind: 'hang' }],
    ['with a connection that is cut', { kind: 'reset' }],
    ['with a page', html],
    ['with 403 for him alone', { kind: 'status', status: 403, body: '' }],
    ['with 301', { kind: 'status', status: 301, headers: { location: '/elsewhere' } }],
    ['with an empty page that goes on', { kind: 'lie', lie: 'empty' }],
  ] as const)('(%s) is owed, day after day, and holds up nobody', async (_what, answer) => {
    const crawl = await openCrawl(
      {},
      { GROOVELAKE_HTTP_TIMEOUT_MS: '2000', GROOVELAKE_CRAWL_CONCURRENCY: '1' },
    );
    const artists = crawl.sandbox.catalogue.artists.slice(3, 7);
    const parameters = { artistIds: artists.map(({ id }) => id), batchSize: 1 };
    for (const day of [0, 1, 2]) {
      crawl.sandbox.requests.clear();
      const nth = crawl.sandbox.requests.count('artist-albums') + 2;
      // What contradicts itself is asked for once more.
      const times = answer.kind === 'lie' ? 2 : 1;
      crawl.sandbox.requests.add({ family: 'artist-albums', nth, times, answer });
      const partial = await crawl.run(parameters, { now: Date.now() + day * DAY_MS });
      expect([day, partial.status, partial.error]).toEqual([day, 'PARTIAL', null]);
      expect((await crawl.messages(partial, 'crawl.unanswered')).join()).toMatch(
        /^1 lists of an artist's albums could not be had.* \/?[^ ]*albums/,
      );
    }
    const others = artists.filter((_, at) => at !== 1);
    expect([...new Set(await crawl.landed('album'))]).toEqual(sortedIds(albumsOf(others)));
    crawl.sandbox.requests.clear();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.run(parameters, { now: Date.now() + 2 * DAY_MS })).status).toBe('SUCCEEDED');
    expect(countSince(crawl.sandbox, begin)).toMatchObject({ artists: 1, 'artist-albums': 1 });
    expect([...new Set(await crawl.landed('album'))]).toEqual(sortedIds(albumsOf(artists)));
  });
});

describe('an artist who is alone in his batch', () => {
  it('is owed where the source fails at him and answers what else is asked, and fails the crawl where it answers nothing', async () => {
    const crawl = await openCrawl({
      faults: ['artists', 'artist'].map((family) => ({ family, nth: 1, answer: down })),
    });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const parameters = { artistIds: artists.map(({ id }) => id), batchSize: 1 };
    const partial = await crawl.run(parameters);
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('artist')).toEqual(sortedIds(artists));
    const silent = await openCrawl({
      faults: ['artists', 'artist', 'artist-albums'].map((family) => ({ family, answer: down })),
    });
    const failed = await silent.run(parameters);
    expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(await silent.landing.listBatches({ sealed: true })).toEqual([]);
  });
});

describe('an artist whose list of albums is owed', () => {
  async function crawlTwoAtOnce() {
    const crawl = await openCrawl({ faults: [{ family: 'artist-albums', nth: 1, answer: down }] });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const parameters = { artistIds: artists.map(({ id }) => id) };
    const partial = await crawl.run(parameters);
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    return { crawl, artists, parameters, partial };
  }

  it('is due in the next run, and alone; once it has his list he is fresh', async () => {
    const { crawl, artists, parameters } = await crawlTwoAtOnce();
    const begin = crawl.sandbox.requests.entries.length;
    expect((await crawl.run(parameters)).status).toBe('SUCCEEDED');
    expect(countSince(crawl.sandbox, begin)).toMatchObject({ artists: 1, 'artist-albums': 1 });
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(artists)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
    expect((await crawl.run(parameters)).status).toBe('SKIPPED');
  });

  it('is fresh once a retry has brought it, and due while it has not', async () => {
    const { crawl, parameters, partial } = await crawlTwoAtOnce();
    crawl.sandbox.requests.add({ family: 'artist-albums', answer: down });
    const again = await crawl.retry(partial);
    expect(again.status).toBe('PARTIAL');
    expect((await crawl.run(parameters)).status).toBe('PARTIAL');
    crawl.sandbox.requests.clear();
    expect((await crawl.retry(again)).status).toBe('SUCCEEDED');
    expect((await crawl.run(parameters)).status).toBe('SKIPPED');
  });

  it('leaves a run PARTIAL that meets him alone and cannot have it either, and owes it', async () => {
    const { crawl, artists, parameters } = await crawlTwoAtOnce();
    crawl.sandbox.requests.add({ family: 'artist-albums', answer: down });
    const partial = await crawl.run(parameters);
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    crawl.sandbox.requests.clear();
    expect((await crawl.retry(partial)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
  });

  it('is owed where lists were answered by an earlier try only', async () => {
    const headers = { 'retry-after': '80000' };
    const quota = { kind: 'status', status: 429, headers } as const;
    const crawl = await openCrawl({ faults: [{ family: 'artist-albums', nth: 2, answer: quota }] });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 5);
    const parked = await crawl.run({ artistIds: artists.map(({ id }) => id), batchSize: 1 });
    expect(parked.status).toBe('WAITING');
    crawl.sandbox.requests.clear();
    crawl.sandbox.requests.add({ family: 'artist-albums', answer: down });
    const partial = await crawl.again(parked, { now: (parked.resumesAt ?? 0) + 1 });
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
  });
});

describe('a source that answers no list at all', () => {
  it('is down: the crawl fails and seals nothing, and a retry has everything', async () => {
    const crawl = await openCrawl({ faults: [{ family: 'artist-albums', answer: down }] });
    const artists = crawl.sandbox.catalogue.artists.slice(3, 11);
    const failed = await crawl.run({ artistIds: artists.map(({ id }) => id) });
    expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(await crawl.landing.listBatches({ sealed: true })).toEqual([]);
    crawl.sandbox.requests.clear();
    expect((await crawl.retry(failed)).status).toBe('SUCCEEDED');
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
  });

  it('is down however small the batches are, and stays down in every try', async () => {
    for (const [count, batchSize, asked] of [
      [20, 4, 5],
      [3, 1, 3],
      [1, 1, 1],
    ] as const) {
      const crawl = await openCrawl({ faults: [{ family: 'artist-albums', answer: down }] });
      const artists = crawl.sandbox.catalogue.artists.slice(3, 3 + count);
      const parameters = { artistIds: artists.map(({ id }) => id), batchSize };
      const failed = await crawl.run(parameters, { env: { GROOVELAKE_CRAWL_CONCURRENCY: '1' } });
      expect([count, failed.status, failed.error?.code]).toEqual([count, 'FAILED', 'EXTRACT']);
      expect([count, crawl.sandbox.requests.count('artist-albums')]).toEqual([count, asked]);
      const sealed = (await crawl.landing.listBatches({ sealed: true })).length;
      const again = await crawl.retry(failed);
      expect([count, again.status]).toEqual([count, 'FAILED']);
      expect((await crawl.landing.listBatches({ sealed: true })).length).toBe(sealed);
      crawl.sandbox.requests.clear();
      expect((await crawl.retry(again)).status).toBe('SUCCEEDED');
      expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(artists)));
      expect((await crawl.run(parameters)).status).toBe('SKIPPED');
    }
  });
});
