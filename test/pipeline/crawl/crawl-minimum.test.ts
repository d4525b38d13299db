// Three kinds of keys, one set of documents, and for each the fewest requests that it allows (the theory stands beside the count).
import { describe, expect, it } from 'vitest';
import type { SandboxArtist } from '../../../src/sources/sandbox/catalogue.ts';
import type { Profile } from '../../../src/sources/sandbox/settings.ts';
import { albumsOf, countSince, openCrawl, sortedIds, tracksOf } from './open-crawl.ts';

const ARTISTS = 42;
const BATCH = 6;
const up = Math.ceil;

/** The oddities with many pages and long albums, and some plain ones. */
function choose(artists: readonly SandboxArtist[]): SandboxArtist[] {
  const odd = artists.filter(
    ({ albums }) =>
      albums.length > 100 || albums.length === 0 || albums.some(({ tracks }) => tracks.length > 50),
  );
  return [...new Set([...odd, ...artists.slice(0, 8)])];
}

async function crawlAs(profile: Profile) {
  const crawl = await openCrawl({ profile, artists: ARTISTS, settings: { reccobeatsCoverage: 1 } });
  const chosen = choose(crawl.sandbox.catalogue.artists);
  const ended = await crawl.run({ artistIds: chosen.map(({ id }) => id), batchSize: BATCH });
  expect(ended.status).toBe('SUCCEEDED');
  const batches = Array.from({ length: up(chosen.length / BATCH) }, (_, at) =>
    chosen.slice(at * BATCH, (at + 1) * BATCH),
  );
  const bodies = new Map<string, Record<string, unknown>>();
  for (const { id } of await crawl.landing.listBatches()) {
    for (const kind of ['artist', 'album', 'track'] as const)
      for await (const page of crawl.landing.readBatch(id, kind))
        for (const document of page) bodies.set(`${kind} ${document.id}`, JSON.parse(document.body));
  }
  return { chosen, batches, bodies, counts: countSince(crawl.sandbox, 0) };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
/** A list of n in pages of so many; an empty list costs a page too. */
const pages = (artists: readonly SandboxArtist[], size: number) =>
  sum(artists.map(({ albums }) => Math.max(1, up(albums.length / size))));
/** Of an album the body holds fifty tracks; further ones come in pages of fifty. */
const furtherPages = (artists: readonly SandboxArtist[]) =>
  sum(albumsOf(artists).map(({ tracks }) => up(Math.max(0, tracks.length - 50) / 50)));

describe('a crawl', () => {
  it('with batches and features asks ids/50, ids/20, ids/50 and ids/100 a batch, and a page of fifty albums', async () => {
    const { chosen, batches, counts } = await crawlAs('extended');
    expect(counts).toEqual({
      token: 1,
      artists: sum(batches.map((batch) => up(batch.length / 50))),
      'artist-albums': pages(chosen, 50),
      albums: sum(batches.map((batch) => up(albumsOf(batch).length / 20))),
      'album-tracks': furtherPages(chosen),
      tracks: sum(batches.map((batch) => up(tracksOf(batch).length / 50))),
      features: sum(batches.map((batch) => up(tracksOf(batch).length / 100))),
    });
  });

  it('without features asks for them once, and ReccoBeats for forty at a time', async () => {
    const { chosen, batches, counts } = await crawlAs('devOld');
    expect(counts).toEqual({
      token: 1,
      artists: sum(batches.map((batch) => up(batch.length / 50))),
      'artist-albums': pages(chosen, 50),
      albums: sum(batches.map((batch) => up(albumsOf(batch).length / 20))),
      'album-tracks': furtherPages(chosen),
      tracks: sum(batches.map((batch) => up(tracksOf(batch).length / 50))),
      features: 1,
      reccobeats: sum(batches.map((batch) => up(tracksOf(batch).length / 40))),
    });
  });

  it('of 2026 asks one by one and in pages of ten, after one refusal of each family', async () => {
    const { chosen, batches, counts } = await crawlAs('dev2026');
    expect(counts).toEqual({
      token: 1,
      artists: 1,
      artist: chosen.length,
      'artist-albums': pages(chosen, 10) + 1,
      albums: 1,
      album: sortedIds(albumsOf(chosen)).length,
      'album-tracks': furtherPages(chosen),
      tracks: 1,
      track: sortedIds(tracksOf(chosen)).length,
      features: 1,
      reccobeats: sum(batches.map((batch) => up(tracksOf(batch).length / 40))),
    });
  });

  it('lands the same documents with every key, apart from what is withheld', async () => {
    const full = await crawlAs('extended');
    const old = await crawlAs('devOld');
    const short = await crawlAs('dev2026');
    expect([...old.bodies.keys()].sort()).toEqual([...full.bodies.keys()].sort());
    expect([...short.bodies.keys()].sort()).toEqual([...full.bodies.keys()].sort());
    const withheld = new Set<string>();
    for (const [key, body] of full.bodies) {
      const less = short.bodies.get(key) ?? {};
      for (const name of Object.keys(body)) if (!(name in less)) withheld.add(`${key.split(' ')[0]}.${name}`);
      for (const name of Object.keys(less)) expect(body).toHaveProperty(name);
      expect([less.id, less.name]).toEqual([body.id, body.name]);
    }
    expect([...withheld].sort()).toEqual([
      'album.available_markets',
      'album.label',
      'album.popularity',
      'artist.followers',
      'artist.popularity',
      'track.available_markets',
      'track.popularity',
    ]);
  });

  it('goes on one by one when its key loses the batches on the way, and still lands all', async () => {
    const crawl = await openCrawl({
      profile: 'devOld',
      faults: [{ family: 'tracks', nth: 3, answer: { kind: 'set', settings: { profile: 'dev2026' } } }],
    });
    const chosen = crawl.sandbox.catalogue.artists.slice(0, 5);
    expect((await crawl.run({ artistIds: chosen.map(({ id }) => id), batchSize: 2 })).status).toBe(
      'SUCCEEDED',
    );
    expect(await crawl.landed('album')).toEqual(sortedIds(albumsOf(chosen)));
    expect(await crawl.landed('track')).toEqual(sortedIds(tracksOf(chosen)));
  });
});
