import { describe, expect, it } from 'vitest';
import { expectEqualBuilds } from './incremental-equality.ts';
import { openPublisher } from './publish-harness.ts';
import { makeFirstBatch, seeded } from './random-landing.ts';

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
