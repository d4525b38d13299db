import { describe, expect, it, vi } from 'vitest';
import { albumsOf, countSince, DAY_MS, openCrawl, sortedIds, tracksOf } from './open-crawl.ts';

const RUSH = '2Hkut4rAAyrQxRdof7FVJq';
const NO_KEY = Object.fromEntries(
  ['CLIENT_ID', 'CLIENT_SECRET', 'API_URL', 'ACCOUNTS_URL'].map((name) => [`SPOTIFY_${name}`, '']),
);
const HOUR_MS = 3_600_000;
const down = { kind: 'status', status: 500 } as const;

describe('the artists of a crawl', () => {
  it('are the first of the ranking, without those before startIndex', async () => {
    const { sandbox, run, landed } = await openCrawl();
    await run({ top: 5, startIndex: 2 });
    expect(await landed('artist')).toEqual(sortedIds(sandbox.catalogue.artists.slice(2, 5)));
  });

  it('are found by name where exactly one is meant; the others are landed with their candidates', async () => {
    const { sandbox, landing, run, landed, messages } = await openCrawl({ artists: 50 });
    const [twin] = sandbox.catalogue.artists.filter(({ name }) => name === 'The Twin Lanterns');
    const ended = await run({ artistNames: ['rush', 'The Twin Lanterns', 'Nobody At All'] });
    expect(await landed('artist')).toEqual([RUSH]);
    const said = (await messages(ended, 'crawl.unresolved')).join('\n');
    expect(said).toContain('"The Twin Lanterns" is the name of 2 artists');
    expect(said).toContain(twin?.id);
    expect(said).toContain('"Nobody At All" is the name of no artist');
    const key = { source: 'spotify', kind: 'name_match', batchId: `${ended.id}-names` } as const;
    const body = async (id: string) => JSON.parse((await landing.findDocument({ ...key, id }))?.body ?? '{}');
    expect(await body('rush')).toMatchObject({ status: 'MATCHED', artist_id: RUSH, score: 1 });
    expect(await body('The Twin Lanterns')).toMatchObject({
      status: 'AMBIGUOUS',
      artist_id: null,
      candidates: [{ score: 1 }, { score: 1 }],
    });
    expect((await landing.findBatch(`${ended.id}-names`))?.sealedAt).not.toBeNull();
  });

  it('leave the run PARTIAL where a name means none, and it says which, although nothing else was to do', async () => {
    const { run, retry, landed, messages } = await openCrawl();
    const none = await run({ artistNames: ['Nobody At All'] });
    const what = /no single artist is meant by "Nobody At All": give ids instead/;
    expect(none.status).toBe('PARTIAL');
    expect((await messages(none, 'step.finished')).join()).toMatch(what);
    const some = await run({ artistNames: ['rush', 'Nobody At All'] });
    expect([some.status, await landed('artist')]).toEqual(['PARTIAL', [RUSH]]);
    expect((await messages(some, 'step.finished')).join()).toMatch(what);
    expect((await retry(some)).status).toBe('PARTIAL');
    expect((await run({ artistNames: ['rush'] })).status).toBe('SKIPPED');
  });

  it('are crawled although the source does not take the name of another, which is landed as unanswered', async () => {
    const refused = {
      kind: 'status',
      status: 400,
      body: '{"error":{"status":400,"message":"No search query"}}',
    } as const;
    const { landing, run, landed, messages } = await openCrawl({
      faults: [{ family: 'search', nth: 1, answer: refused }],
    });
    const partial = await run({ artistNames: ['"', 'rush'] });
    expect([partial.status, partial.error, await landed('artist')]).toEqual(['PARTIAL', null, [RUSH]]);
    expect((await messages(partial, 'step.finished')).join()).toMatch(/the search for """ was not answered/);
    expect((await messages(partial, 'crawl.unresolved')).join()).toMatch(/status 400: No search query/);
    const key = { source: 'spotify', kind: 'name_match', batchId: `${partial.id}-names`, id: '"' } as const;
    expect(JSON.parse((await landing.findDocument(key))?.body ?? '{}')).toMatchObject({
      status: 'UNANSWERED',
      artist_id: null,
      reason: expect.stringMatching(/status 400/),
    });
  });

  it('fail the crawl where the source answers no search at all', async () => {
    for (const artistNames of [['rush'], ['a', 'b', 'c', 'd', 'e', 'f', 'g']]) {
      const { sandbox, landing, run, retry, landed } = await openCrawl({
        faults: [{ family: 'search', answer: { kind: 'status', status: 500 } }],
      });
      const failed = await run({ artistNames });
      expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
      expect(sandbox.requests.count('search')).toBe(Math.min(5, artistNames.length));
      expect(await landing.listBatches({ sealed: true })).toEqual([]);
      sandbox.requests.clear();
      await retry(failed);
      expect(await landed('name_match')).toEqual(artistNames);
    }
  });

  it('fail the crawl where the source answers no more from one of them on, and the rest is searched for by its retry', async () => {
    const { sandbox, landing, run, retry, landed } = await openCrawl({
      faults: [{ family: 'search', nth: 2, times: 100, answer: { kind: 'status', status: 500 } }],
    });
    const artistNames = ['rush', ...Array.from({ length: 20 }, (_, at) => `Nobody ${at}`)];
    const failed = await run({ artistNames });
    expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(sandbox.requests.count('search')).toBe(6);
    expect(await landed('name_match')).toEqual(['rush']);
    expect(await landing.listBatches({ sealed: true })).toEqual([]);
    // Down still: what was answered before says nothing of now.
    expect((await retry(failed)).status).toBe('FAILED');
    sandbox.requests.clear();
    expect((await retry(failed)).status).toBe('PARTIAL');
    expect(await landed('name_match')).toEqual(artistNames.toSorted());
    expect(await landed('artist')).toEqual([RUSH]);
  });

  it('fail the crawl where the source answers none of the last ones, nor a name again that it has answered', async () => {
    const refused = { kind: 'status', status: 400 } as const;
    const { sandbox, run, retry, landed } = await openCrawl({
      faults: [
        { family: 'search', nth: 2, answer: refused },
        { family: 'search', nth: 3, times: 100, answer: { kind: 'status', status: 500 } },
      ],
    });
    const failed = await run({ artistNames: ['rush', '"', 'asia'] });
    expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(await landed('name_match')).toEqual(['"', 'rush']);
    sandbox.requests.clear();
    expect((await retry(failed)).status).toBe('PARTIAL');
    expect(await landed('name_match')).toEqual(['"', 'asia', 'rush']);
    expect(sandbox.requests.count('search')).toBe(3 + 1 + 1);
  });

  it('are all searched for by the retry where the source failed at one before it went away', async () => {
    const { sandbox, run, retry, landed } = await openCrawl({
      faults: [
        { family: 'search', nth: 1, answer: down },
        { family: 'search', nth: 3, times: 100, answer: { kind: 'status', status: 500 } },
      ],
    });
    const artistNames = ['asia', 'rush', 'a', 'b', 'c', 'd', 'e'];
    const failed = await run({ artistNames });
    expect([failed.status, failed.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(await landed('name_match')).toEqual(['rush']);
    sandbox.requests.clear();
    await retry(failed);
    expect(sandbox.requests.count('search')).toBeGreaterThanOrEqual(6);
    expect(await landed('name_match')).toContain('asia');
  });

  it('are crawled although the source fails at the last of them, where it answers one again', async () => {
    const { sandbox, run, landed } = await openCrawl({
      faults: [{ family: 'search', nth: 2, answer: down }],
    });
    expect((await run({ artistNames: ['rush', 'asia'] })).status).toBe('PARTIAL');
    expect([await landed('artist'), sandbox.requests.count('search')]).toEqual([[RUSH], 3]);
  });

  it('are crawled although the source fails at some of them for good, fewer than five in a row', async () => {
    const { run, landed, messages } = await openCrawl({
      faults: [2, 7].map((nth) => ({ family: 'search', nth, times: 4, answer: down })),
    });
    const partial = await run({ artistNames: ['a', 'b', 'c', 'd', 'e', 'rush', 'f', 'g', 'h', 'i', 'asia'] });
    expect([partial.status, partial.error]).toEqual(['PARTIAL', null]);
    expect(await landed('artist')).toContain(RUSH);
    expect((await messages(partial, 'step.finished')).join()).toMatch(
      /the search for "b", "c", "d", "e", "f" and 3 more was not answered/,
    );
  });

  it('are unanswered still where a try died between that and its plan', async () => {
    const { runs, sandbox, run, retry, messages } = await openCrawl({
      faults: [{ family: 'search', nth: 1, answer: down }],
    });
    const keep = runs.setCheckpoint;
    runs.setCheckpoint = async (claim, kept) => {
      if (kept && 'plan' in kept) throw new Error('died');
      return keep(claim, kept);
    };
    const died = await run({ artistNames: ['a', 'rush'] });
    expect(died.status).toBe('FAILED');
    runs.setCheckpoint = keep;
    const partial = await retry(died);
    const said = (await messages(partial, 'step.finished')).at(-1);
    expect(said).toMatch(/the search for "a" was not answered/);
    expect(said).not.toMatch(/no single artist is meant/);
    expect(sandbox.requests.count('search')).toBe(2);
  });

  it('are searched for once, however often the run is interrupted', async () => {
    const { sandbox, run, again } = await openCrawl({
      faults: [
        {
          family: 'search',
          nth: 3,
          answer: { kind: 'status', status: 429, headers: { 'retry-after': '7200' } },
        },
      ],
    });
    const parked = await run({ artistNames: ['Rush', 'Asia', 'PFM', 'Genesis'] });
    expect(parked.status).toBe('WAITING');
    expect((await again(parked, { now: (parked.resumesAt ?? 0) + 1 })).status).toBe('SUCCEEDED');
    expect(sandbox.requests.count('search')).toBe(5);
  });

  it('are looked up once for their visits and once for a clock that was ahead, however fresh they are', async () => {
    const { landing, run } = await openCrawl();
    await run({ artistIds: [RUSH] });
    const find = vi.spyOn(landing, 'findLatestFetches');
    expect((await run({ artistIds: [RUSH] })).status).toBe('SKIPPED');
    expect(find.mock.calls.map(([, kind]) => kind)).toEqual(['artist', 'artist', 'miss']);
  });

  it('are not taken for fresh because a played track brought them, nor are their albums', async () => {
    const { sandbox, landing, run, landed } = await openCrawl();
    const artists = sandbox.catalogue.artists.slice(0, 1);
    const [artist] = artists;
    const [album] = albumsOf(artists);
    const at = Date.now();
    await landing.openBatch({
      id: 'wanted-r',
      source: 'spotify',
      runId: 'r',
      openedAt: at,
      note: { isExcerpt: true },
    });
    const body = (id: string) => JSON.stringify({ id, name: id });
    await landing.land('wanted-r', [
      {
        source: 'spotify',
        kind: 'artist',
        id: artist?.id ?? '',
        fetchedAt: at,
        body: body(artist?.id ?? ''),
      },
      { source: 'spotify', kind: 'album', id: album?.id ?? '', fetchedAt: at, body: body(album?.id ?? '') },
    ]);
    await landing.sealBatch('wanted-r', at);
    expect((await run({ artistIds: [artist?.id] })).status).toBe('SUCCEEDED');
    expect(await landed('track')).toEqual(sortedIds(tracksOf(artists)));
  });

  it('are those of the sandbox although there is a key, where the run says so', async () => {
    const { sandbox, landing, run } = await openCrawl();
    const ended = await run({ source: 'sandbox', artistIds: [RUSH] });
    expect(ended.status).toBe('SUCCEEDED');
    expect(sandbox.requests.count()).toBe(0);
    expect((await landing.listBatches()).map(({ source }) => source)).toEqual(['sandbox']);
  });

  it("are chosen anew where a run that began in the sandbox goes on with a key, and nothing of the sandbox's is asked of Spotify", async () => {
    const { sandbox, landing, run, again, messages } = await openCrawl();
    const names = ['Rush', 'Nobody at all'];
    const waiting = await run({ artistNames: names, maxRequests: 2 }, { env: NO_KEY });
    expect([waiting.status, sandbox.requests.count()]).toEqual(['WAITING', 0]);
    const ended = await again(waiting, { now: waiting.resumesAt ?? 0 });
    expect(await messages(ended, 'crawl.source')).toEqual([
      expect.stringMatching(/begun as a crawl of "sandbox" and goes on as one of "spotify"/),
    ]);
    expect(sandbox.requests.count('search')).toBe(2);
    const batches = await landing.listBatches();
    expect(batches.map(({ id, source }) => [id.slice(ended.id.length + 1), source])).toEqual([
      ['names', 'sandbox'],
      ['0000', 'spotify'],
      ['names-2', 'spotify'],
    ]);
  });

  it("are not Spotify's without a key", async () => {
    const { run } = await openCrawl({}, NO_KEY);
    const ended = await run({ source: 'spotify', artistIds: [RUSH] });
    expect([ended.status, ended.error?.code]).toEqual(['FAILED', 'EXTRACT']);
    expect(ended.error?.message).toMatch(/no key is set. Set SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET/);
  });
});

describe('a crawl that comes back', () => {
  it('is SKIPPED when every artist was fetched lately, and asks nobody anything', async () => {
    const { sandbox, run, landing } = await openCrawl();
    await run({ top: 3 });
    const [batches, requests] = [(await landing.listBatches()).length, sandbox.requests.count()];
    expect((await run({ top: 3 })).status).toBe('SKIPPED');
    expect([(await landing.listBatches()).length, sandbox.requests.count()]).toEqual([batches, requests]);
  });

  it('takes nobody for fresh who was fetched while the clock was ahead, nor the ranking, and says so', async () => {
    const { sandbox, run, messages } = await openCrawl();
    const ahead = { now: Date.now() + 365 * DAY_MS };
    expect((await run({ top: 3 }, ahead)).status).toBe('SUCCEEDED');
    const begin = sandbox.requests.entries.length;
    const later = await run({ top: 3 });
    expect(later.status).toBe('SUCCEEDED');
    const counts = countSince(sandbox, begin);
    expect(counts).toMatchObject({ kworb: 1, artists: 1, 'artist-albums': 3 });
    expect(counts.albums).toBeGreaterThan(0);
    const said = (await messages(later, 'crawl.clock')).join('\n');
    expect(said).toMatch(/ranking of artists was fetched while the clock was ahead/);
    expect(said).toMatch(/^3 artists have versions that were fetched while the clock was ahead/m);
    // Those of the right clock count.
    expect((await run({ top: 3 })).status).toBe('SKIPPED');
  });

  it('fetches artists and their lists again after a day, and of the albums only what is new', async () => {
    const { sandbox, run } = await openCrawl();
    const [artist] = sandbox.catalogue.artists;
    await run({ artistIds: [artist?.id] });
    const begin = sandbox.requests.entries.length;
    const later = await run({ artistIds: [artist?.id], batchSize: 2 }, { now: Date.now() + 1.1 * DAY_MS });
    expect(later.status).toBe('SUCCEEDED');
    const { token: _, ...counts } = countSince(sandbox, begin);
    expect(counts).toEqual({
      artists: 1,
      'artist-albums': Math.max(1, Math.ceil((artist?.albums.length ?? 0) / 50)),
    });
  });

  it('fetches artists every day and albums every week, although it begins some minutes sooner in the day than before', async () => {
    const { sandbox, run } = await openCrawl();
    const artists = sandbox.catalogue.artists.slice(0, 2);
    const SOONER_MS = 10 * 60_000;
    const start = Date.now();
    for (const day of [0, 1, 2, 7]) {
      const begin = sandbox.requests.entries.length;
      const now = start + day * DAY_MS - (day > 0 ? SOONER_MS : 0);
      const ended = await run({ artistIds: artists.map(({ id }) => id) }, { now });
      expect([day, ended.status]).toEqual([day, 'SUCCEEDED']);
      const { artists: asked, albums } = countSince(sandbox, begin);
      expect([day, asked, albums !== undefined]).toEqual([day, 1, day === 0 || day === 7]);
    }
  });

  it('fetches albums again after a week, and all at once when it is forced', async () => {
    const { sandbox, run } = await openCrawl();
    const artists = sandbox.catalogue.artists.slice(0, 2);
    const parameters = { artistIds: artists.map(({ id }) => id) };
    await run(parameters);
    for (const [force, days] of [
      [true, 0],
      [false, 8],
    ] as const) {
      const begin = sandbox.requests.entries.length;
      await run({ ...parameters, force }, { now: Date.now() + days * DAY_MS });
      expect(countSince(sandbox, begin)).toMatchObject({
        albums: Math.ceil(sortedIds(albumsOf(artists)).length / 20),
        tracks: Math.ceil(sortedIds(tracksOf(artists)).length / 50),
      });
    }
  });

  it('fetches an album again after three days of which the tracks were never all listed', async () => {
    const { sandbox, run, landed } = await openCrawl({
      artists: 42,
      faults: [{ family: 'album-tracks', nth: 1, answer: { kind: 'status', status: 500 } }],
    });
    const [artist] = sandbox.catalogue.artists
      .filter(({ albums }) => albums.filter(({ tracks }) => tracks.length > 50).length === 1)
      .sort((a, b) => a.albums.length - b.albums.length);
    const parameters = { artistIds: [artist?.id] };
    expect((await run(parameters)).status).toBe('PARTIAL');
    const tracks = sortedIds(tracksOf(artist ? [artist] : []));
    for (const [days, albums] of [
      [2, undefined],
      [3, 1],
      [6, undefined],
    ] as const) {
      expect(new Set(await landed('track')).size < tracks.length).toBe(days < 6);
      const begin = sandbox.requests.entries.length;
      await run(parameters, { now: Date.now() + days * DAY_MS });
      expect([days, countSince(sandbox, begin).albums]).toEqual([days, albums]);
    }
    expect([...new Set(await landed('track'))]).toEqual(tracks);
  });

  it('fetches an album again after three days of which a track could not be had', async () => {
    const { sandbox, run, landed } = await openCrawl({
      profile: 'dev2026',
      faults: [{ family: 'track', nth: 2, answer: { kind: 'status', status: 500 } }],
    });
    const artists = sandbox.catalogue.artists.slice(3, 4);
    const parameters = { artistIds: artists.map(({ id }) => id) };
    expect((await run(parameters)).status).toBe('PARTIAL');
    const tracks = sortedIds(tracksOf(artists));
    for (const [days, albums] of [
      [2, undefined],
      [3, 1],
      [6, undefined],
    ] as const) {
      expect([days, new Set(await landed('track')).size < tracks.length]).toEqual([days, days < 6]);
      const begin = sandbox.requests.entries.length;
      await run(parameters, { now: Date.now() + days * DAY_MS });
      expect([days, countSince(sandbox, begin).album]).toEqual([days, albums]);
    }
    expect([...new Set(await landed('track'))]).toEqual(tracks);
  });

  it('fetches everything anew when it is forced and begun again from its start, weeks later', async () => {
    const opened = await openCrawl({
      faults: [
        { family: 'albums', nth: 1, answer: down },
        { family: 'album', nth: 1, answer: down },
      ],
    });
    const { sandbox, landing, run, retry, landed } = opened;
    const artists = sandbox.catalogue.artists.slice(0, 3);
    const partial = await run({ top: 3, force: true });
    expect(partial.status).toBe('PARTIAL');
    sandbox.requests.clear();
    const begin = sandbox.requests.entries.length;
    const how = { now: Date.now() + 30 * DAY_MS };
    expect((await retry(partial, false, how)).status).toBe('SUCCEEDED');
    expect(countSince(sandbox, begin)).toMatchObject({
      kworb: 1,
      'kworb-listeners': 1,
      artists: 1,
      'artist-albums': 3,
      albums: Math.ceil(sortedIds(albumsOf(artists)).length / 20),
      tracks: Math.ceil(sortedIds(tracksOf(artists)).length / 50),
    });
    expect([...new Set(await landed('track'))]).toEqual(sortedIds(tracksOf(artists)));
    expect((await landing.listBatches()).map(({ id }) => id.slice(partial.id.length)).toSorted()).toEqual([
      '-0000',
      '-0001',
      '-listeners',
      '-ranking',
    ]);
  });

  it('searches for its names anew when it is begun again from its start, and once in whatever tries that takes', async () => {
    const { sandbox, landing, run, retry } = await openCrawl({
      faults: [{ family: 'artist-albums', nth: 1, answer: down }],
    });
    const failed = await run({ artistNames: ['rush'], force: true });
    expect([failed.status, sandbox.requests.count('search')]).toEqual(['FAILED', 1]);
    sandbox.requests.add({ family: 'artist-albums', nth: 2, answer: down });
    const how = { now: Date.now() + DAY_MS };
    expect((await retry(failed, false, how)).status).toBe('FAILED');
    expect(sandbox.requests.count('search')).toBe(2);
    expect((await retry(failed, true, how)).status).toBe('SUCCEEDED');
    expect(sandbox.requests.count('search')).toBe(2);
    const names = (await landing.listBatches({ sealed: true })).map(({ id }) => id.slice(failed.id.length));
    expect(names).toEqual(expect.arrayContaining(['-names', '-names-2']));
  });

  it('fetches an album of two artists once, although it is forced', async () => {
    const { sandbox, run, landed } = await openCrawl({ artists: 42 });
    const guest = sandbox.catalogue.artists.find(({ appearsOn }) => appearsOn.length > 0);
    const host = guest?.appearsOn[0]?.artist;
    const groups = { includeGroups: ['album', 'single', 'compilation', 'appears_on'], batchSize: 1 };
    await run({ artistIds: [host?.id, guest?.id], force: true, ...groups });
    const ids = await landed('album');
    expect(ids).toContain(guest?.appearsOn[0]?.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the rankings of a crawl', () => {
  it('are landed whole, with their day, streams and listeners', async () => {
    const { sandbox, landing, run } = await openCrawl();
    const ended = await run({ top: 2 });
    const bodies = async (name: string) => {
      const all: { list: string; updated: string; rank: number; cells: Record<string, string> }[] = [];
      for await (const page of landing.readBatch(`${ended.id}-${name}`, 'ranking'))
        all.push(...page.map(({ body }) => JSON.parse(body)));
      return all.sort((a, b) => a.rank - b.rank);
    };
    const [artists, listeners] = [await bodies('ranking'), await bodies('listeners')];
    expect([artists.length, listeners.length]).toEqual([
      sandbox.catalogue.artists.length,
      sandbox.catalogue.artists.length,
    ]);
    expect(artists[0]).toMatchObject({
      list: 'artists',
      updated: '2026-11-19',
      rank: 1,
      cells: { Streams: expect.stringMatching(/^[\d,]+\.\d$/) },
    });
    expect(listeners[0]).toMatchObject({
      list: 'listeners',
      rank: 1,
      cells: { Peak: expect.any(String), PkListeners: expect.any(String) },
    });
  });

  it('are asked for again after a day with what they were known by, and serve although they have not changed', async () => {
    const { sandbox, run, landed } = await openCrawl();
    await run({ top: 2 });
    const later = await run({ top: 4 }, { now: Date.now() + 21 * HOUR_MS });
    expect(later.status).toBe('SUCCEEDED');
    expect(new Set(await landed('artist'))).toEqual(
      new Set(sandbox.catalogue.artists.slice(0, 4).map(({ id }) => id)),
    );
    const pages = sandbox.requests.entries.filter(
      ({ family }) => family.startsWith('kworb') && family !== 'kworb-robots',
    );
    expect(pages.map(({ status }) => status)).toEqual([200, 200, 304, 304]);
  });

  it('stop the crawl when the layout of the artists has changed, and leave it PARTIAL when that of the listeners has', async () => {
    const changed = await openCrawl({ settings: { kworbLayout: 'changed' } });
    const failed = await changed.run({ top: 2 });
    expect([failed.status, failed.error?.message]).toEqual([
      'FAILED',
      expect.stringMatching(/Its layout has changed: nothing was taken/),
    ]);
    const half = await openCrawl({
      faults: [{ family: 'kworb-listeners', answer: { kind: 'set', settings: { kworbLayout: 'changed' } } }],
    });
    const partial = await half.run({ top: 2 });
    expect(partial.status).toBe('PARTIAL');
    expect((await half.messages(partial, 'crawl.ranking')).join()).toMatch(
      /no new listeners: .*Artist and Listeners are expected/,
    );
    expect((await half.landed('artist')).length).toBe(2);
  });

  it('are not read where robots.txt asks for it', async () => {
    const { sandbox, run } = await openCrawl({ settings: { robots: 'deny' } });
    const failed = await run({ top: 2 });
    expect(failed.error?.message).toMatch(/robots.txt of "kworb" asks programs not to read/);
    expect(countSince(sandbox, 0)).toEqual({ 'kworb-robots': 1 });
  });
});

describe('what ReccoBeats does not know', () => {
  it('is asked again after three days and not before, although the third begins some minutes sooner', async () => {
    const { sandbox, run, landed } = await openCrawl(
      { profile: 'dev2026' },
      { GROOVELAKE_CRAWL_DETAIL_FRESH_HOURS: '0' },
    );
    const [artist] = sandbox.catalogue.artists.slice(4);
    const tracks = tracksOf(artist ? [artist] : []);
    const parameters = { artistIds: [artist?.id], force: true };
    await run(parameters);
    const missed = (await landed('miss')).filter((id) => id.startsWith('audio_features:'));
    expect(missed.length).toBeGreaterThan(0);
    sandbox.set({ reccobeatsCoverage: 1 });
    const idsAsked = (begin: number) =>
      sandbox.requests.entries
        .slice(begin)
        .filter(({ family }) => family === 'reccobeats')
        .flatMap(({ path }) => path.split('ids=')[1]?.split(',') ?? []);
    let begin = sandbox.requests.entries.length;
    await run(parameters, { now: Date.now() + 2 * DAY_MS });
    expect(idsAsked(begin).length).toBe(tracks.length - missed.length);
    begin = sandbox.requests.entries.length;
    await run(parameters, { now: Date.now() + 3 * DAY_MS - 10 * 60_000 });
    expect(idsAsked(begin).length).toBe(tracks.length);
    const known = new Set(await landed('audio_features'));
    expect(missed.some((id) => known.has(id.slice('audio_features:'.length)))).toBe(true);
  });
});
