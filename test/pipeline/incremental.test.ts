import { describe, expect, it } from 'vitest';
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
