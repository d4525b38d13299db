import { describe, expect, it } from 'vitest';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import type { Manifest } from '../../../src/store/snapshots/manifest.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { contentOf, expectEqualBuilds } from './incremental-equality.ts';
import { openPublisher } from './publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from './random-landing.ts';

/** Slack for a machine that eight work on; on a quiet one each takes seconds. */
const SLACK_MS = 600_000;

describe('a build of new batches', () => {
  it(
    'publishes what a build of everything does, in any order of batches',
    async () => {
      expect(await expectEqualBuilds(1, 2, 30)).toBe(2);
    },
    SLACK_MS,
  );

  it(
    'publishes the same whether its relations are updated one after the other or two at a time',
    async () => {
      const random = seeded(6);
      const landed = [makeFirstBatch(random), makeDocuments(random, 40), makeDocuments(random, 25)];
      const build = async (threads: number) => {
        const publisher = await openPublisher({ GROOVELAKE_BUILD_THREADS: String(threads) });
        const contents = [];
        for (const [at, documents] of landed.entries()) {
          await publisher.addBatch(`batch-${at}`, documents);
          const { manifest } = await publisher.publish();
          contents.push(manifest && contentOf(manifest));
        }
        await publisher.close();
        return contents;
      };
      expect(await build(2)).toEqual(await build(1));
    },
    SLACK_MS,
  );
});

describe('a build of new batches that bring an album which lists a re-linked track', () => {
  it(
    'puts the track there, and back when the list has it no longer, as a build of everything does',
    async () => {
      const pad = (id: string) => id.padEnd(22, 'x');
      const [asked, listing, answered] = [pad('3c1'), pad('2b1'), pad('2b2')];
      const document = (kind: LandedDocument['kind'], id: string, fetchedAt: number, body: object) => ({
        source: 'spotify',
        kind,
        id,
        fetchedAt,
        body: JSON.stringify(body),
      });
      const album = (id: string, fetchedAt: number, items: readonly object[]) =>
        document('album', id, fetchedAt, { id, name: `Album ${fetchedAt}`, tracks: { items } });
      const landed = [
        [
          document('track', asked, 1, {
            id: pad('3c2'),
            name: 'Song',
            track_number: 7,
            album: { id: answered, name: 'Other edition' },
          }),
        ],
        [album(listing, 2, [{ id: asked, track_number: 2 }])],
        [album(listing, 3, [])],
        [album(answered, 1, [])],
      ];
      const bySteps = await openPublisher();
      const atOnce = await openPublisher();
      const db = await openMemoryDb();
      const found = [];
      let last: Manifest | null = null;
      for (const [at, documents] of landed.entries()) {
        await bySteps.addBatch(`batch-${at}`, documents);
        await atOnce.addBatch(`batch-${at}`, documents);
        const { manifest, message } = await bySteps.publish();
        if (at > 0) expect(message).toContain('1 new of');
        const tracks = manifest?.relations.find(({ layer, name }) => layer === 'gold' && name === 'tracks');
        if (!tracks) throw new Error('nothing was published');
        found.push(
          ...(await db.all(
            `select album_id, album_name, track_number from (${selectFiles(bySteps.dataDir, tracks)})`,
          )),
        );
        last = manifest;
      }
      expect(found).toEqual([
        { album_id: answered, album_name: 'Other edition', track_number: 7 },
        { album_id: listing, album_name: 'Album 2', track_number: 2 },
        { album_id: answered, album_name: 'Other edition', track_number: 7 },
        { album_id: answered, album_name: 'Album 1', track_number: 7 },
      ]);
      const { manifest: whole } = await atOnce.publish();
      if (!last || !whole) throw new Error('nothing was published');
      expect(contentOf(last)).toEqual(contentOf(whole));
      await Promise.all([db, bySteps, atOnce].map((opened) => opened.close()));
    },
    SLACK_MS,
  );
});

describe('a build of new batches that leave an album which only tracks name without one', () => {
  it(
    'leaves it and its artist out, and takes them in again, as a build of everything does',
    async () => {
      const pad = (id: string) => id.padEnd(22, 'x');
      const [asked, listing, answered] = [pad('3c1'), pad('2b1'), pad('2b2')];
      const document = (kind: LandedDocument['kind'], id: string, fetchedAt: number, body: object) => ({
        source: 'spotify',
        kind,
        id,
        fetchedAt,
        body: JSON.stringify({ id, ...body }),
      });
      const [one, two] = [[{ id: pad('1a'), name: 'One' }], [{ id: pad('1b'), name: 'Two' }]];
      const album = (id: string, fetchedAt: number, items: readonly object[], artists = one) =>
        document('album', id, fetchedAt, { name: 'Album', artists, tracks: { items } });
      const track = (fetchedAt: number, body: object) =>
        document('track', asked, fetchedAt, { name: 'Song', artists: one, ...body });
      const landed = [
        [track(1, { id: pad('3c2'), album: { id: answered, name: 'Other edition', artists: two } })],
        [album(listing, 2, [{ id: asked }])],
        [album(listing, 3, [])],
        [track(4, { album: { id: listing, name: 'Album', artists: one } })],
        // Its own document says of it what the track did: silver's links of the album stay as they are.
        [album(answered, 5, [], two)],
      ];
      const bySteps = await openPublisher();
      const db = await openMemoryDb();
      const found = [];
      for (const [at, documents] of landed.entries()) {
        await bySteps.addBatch(`batch-${at}`, documents);
        const { manifest, message } = await bySteps.publish();
        if (at > 0) expect(message).toContain('1 new of');
        const atOnce = await openPublisher();
        for (const [before, each] of landed.slice(0, at + 1).entries())
          await atOnce.addBatch(`batch-${before}`, each);
        const { manifest: whole } = await atOnce.publish();
        if (!manifest || !whole) throw new Error('nothing was published');
        expect(contentOf(manifest)).toEqual(contentOf(whole));
        const select = (relation: string) => {
          const gold = manifest.relations.find(({ layer, name }) => layer === 'gold' && name === relation);
          if (!gold) throw new Error(`gold.${relation} was not published`);
          return selectFiles(bySteps.dataDir, gold);
        };
        found.push(
          ...(await db.all(
            `select (select list(album_id order by album_id) from (${select('albums')})) as albums,
              (select list(artist_id order by artist_id) from (${select('artists')})) as artists`,
          )),
        );
        await atOnce.close();
      }
      const alone = { albums: [listing], artists: [pad('1a')] };
      const both = { albums: [listing, answered], artists: [pad('1a'), pad('1b')] };
      expect(found).toEqual([{ ...both, albums: [answered] }, alone, both, alone, both]);
      await Promise.all([db, bySteps].map((opened) => opened.close()));
    },
    SLACK_MS,
  );
});

describe('a build of new batches that bring a real album', () => {
  it(
    'takes the tracks from the album that is known by its name, as a build of everything does',
    async () => {
      const row = (id: string, source: string, body: object): LandedDocument => ({
        source,
        kind: 'dataset_row',
        id,
        fetchedAt: 1,
        body: JSON.stringify(body),
      });
      const track = (at: number) => `3c${at}`.padEnd(22, 'x');
      const named = (at: number, album: string) =>
        row(`${at}`, 'kaggle_114k', {
          track_id: track(at),
          track_name: 'Song',
          artists: 'One',
          album_name: album,
          popularity: '5',
        });
      const real = (at: number) =>
        row(`${at}`, 'tidytuesday', {
          track_id: track(at),
          track_name: 'Song',
          track_artist: 'One',
          track_album_id: '2b0'.padEnd(22, 'x'),
          track_album_name: 'Real',
          track_album_release_date: '1997',
        });
      const landed = [
        [named(1, 'L'), named(2, 'L'), named(3, 'M'), real(9)],
        // The last track of one album goes, the other keeps one; and one comes that is on the real album already.
        [real(3), real(1)],
        [named(9, 'N')],
      ];
      const bySteps = await openPublisher();
      const atOnce = await openPublisher();
      const albums = [];
      let last = null;
      for (const [at, documents] of landed.entries()) {
        await bySteps.addBatch(`batch-${at}`, documents);
        await atOnce.addBatch(`batch-${at}`, documents);
        const { manifest, message } = await bySteps.publish();
        if (at > 0) expect(message).toContain('1 new of');
        albums.push(
          manifest?.relations.find(({ layer, name }) => layer === 'gold' && name === 'albums')?.rows,
        );
        last = manifest;
      }
      const { manifest: whole } = await atOnce.publish();
      expect(last && contentOf(last)).toEqual(whole && contentOf(whole));
      expect(albums).toEqual([3, 2, 2]);
      await bySteps.close();
      await atOnce.close();
    },
    SLACK_MS,
  );
});

describe('a build of new batches that search for names again', () => {
  it(
    'lists those that their latest search did not decide, whichever search landed last, as a build of everything does',
    async () => {
      const search = (id: string, status: string, fetchedAt: number): LandedDocument => ({
        source: 'spotify',
        kind: 'name_match',
        id,
        fetchedAt,
        body: JSON.stringify({ status, artist_id: null, score: null, candidates: [] }),
      });
      const id = '3c0'.padEnd(22, 'x');
      const track: LandedDocument = {
        source: 'spotify',
        kind: 'track',
        id,
        fetchedAt: 1,
        body: JSON.stringify({ id, name: 'One', popularity: 400 }),
      };
      const landed = [
        [track, search('N', 'AMBIGUOUS', 1), search('M', 'MATCHED', 2), search('O', 'MATCHED', 2)],
        [search('N', 'MATCHED', 2)],
        [search('M', 'UNKNOWN', 1), search('O', 'UNKNOWN', 3)],
        [search('O', 'UNANSWERED', 4), { ...track, fetchedAt: 2 }],
      ];
      const bySteps = await openPublisher();
      const atOnce = await openPublisher();
      const rejects = [];
      let last = null;
      for (const [at, documents] of landed.entries()) {
        await bySteps.addBatch(`batch-${at}`, documents);
        await atOnce.addBatch(`batch-${at}`, documents);
        const { manifest, message } = await bySteps.publish();
        if (at > 0) expect(message).toContain('1 new of');
        rejects.push(manifest?.relations.find(({ name }) => name === 'rejects')?.rows);
        last = manifest;
      }
      const { manifest: whole } = await atOnce.publish();
      expect(last && contentOf(last)).toEqual(whole && contentOf(whole));
      // A popularity of 400 that no time supersedes, and N, nobody, O, and O still.
      expect(rejects).toEqual([2, 1, 2, 3]);
      await bySteps.close();
      await atOnce.close();
    },
    SLACK_MS,
  );
});

describe('a build of everything', () => {
  it(
    'is chosen for a source that lands for the first time, and when it is asked for',
    async () => {
      const publisher = await openPublisher();
      const documents = makeFirstBatch(seeded(5)).filter(({ source }) => source === 'spotify');
      await publisher.addBatch('a', documents);
      expect((await publisher.publish()).message).toContain('nothing has been published yet');
      const ranking = {
        list: 'artists',
        artist_id: '1a0'.padEnd(22, 'x'),
        name: 'One',
        cells: { Streams: '1' },
      };
      await publisher.addBatch('b', [
        {
          source: 'kworb',
          kind: 'ranking',
          id: ranking.artist_id,
          fetchedAt: 1,
          body: JSON.stringify(ranking),
        },
      ]);
      const second = await publisher.publish();
      expect(second.message).toContain('"kworb" has landed for the first time');
      const forced = await publisher.publish({ force: true });
      expect(forced.message).toContain('it was asked for');
      const hashes = (given: typeof forced) =>
        given.manifest?.relations.map(({ name, contentHash, files }) => [name, contentHash, files]);
      expect(hashes(forced)).toEqual(hashes(second));
      await publisher.close();
    },
    SLACK_MS,
  );
});
