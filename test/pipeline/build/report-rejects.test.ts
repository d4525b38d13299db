// What a build cannot use of what has newly landed is counted and told by reason; what earlier batches left is not told again.
import { describe, expect, it } from 'vitest';
import type { LandedDocument } from '../../../src/store/landing/landing-store.ts';
import { openPublisher } from './publish-harness.ts';

/** Slack for a machine that eight work on; on a quiet one it takes seconds. */
const SLACK_MS = 600_000;

const row = (at: number, cells: object = {}): LandedDocument => ({
  source: 'tidytuesday',
  kind: 'dataset_row',
  id: String(at),
  fetchedAt: 1,
  body: JSON.stringify({ track_id: `3c${at}`.padEnd(22, 'x'), track_name: 'Song', ...cells }),
});

const unanswered = (name: string, reason: string): LandedDocument => ({
  source: 'spotify',
  kind: 'name_match',
  id: name,
  fetchedAt: 1,
  body: JSON.stringify({ name, status: 'UNANSWERED', reason }),
});

describe('reportRejects', () => {
  it(
    'counts what new batches hold that cannot be used, by reason, whatever it is about',
    async () => {
      const publisher = await openPublisher();
      await publisher.addBatch('a', [
        row(1),
        row(2, { track_popularity: '101' }),
        row(3, { track_popularity: '4500' }),
        row(4, { energy: 'loud "er"' }),
        row(5, { tempo: '-5' }),
      ]);
      const first = await publisher.publish();
      expect(first.rowsRejected.silver).toBe(4);
      expect(first.rowsRejected.gold).toBeUndefined();
      expect(first.events).toContain(
        '4 new in silver.rejects: 2 because popularity is outside 0..100; 1 because energy is not a number; 1 because tempo cannot be used',
      );
      await publisher.addBatch('b', [
        row(6, { track_id: 'x' }),
        row(7),
        unanswered('A', '"spotify" did not answer http://x/search after 4 tries (silence). Try again later.'),
        unanswered('B', '"spotify" answered /search with status 400: "B"; a JSON object is expected.'),
      ]);
      const second = await publisher.publish();
      expect(second.message).toContain('1 new of 2');
      expect(second.rowsRejected.silver).toBe(3);
      expect(second.events.filter((told) => told.includes('new in silver.rejects'))).toEqual([
        '3 new in silver.rejects: 2 because name could not be searched for; 1 because track id is not 22 base-62 characters',
      ]);
      await publisher.addBatch('c', [row(8)]);
      const third = await publisher.publish();
      expect(third.rowsRejected.silver).toBe(0);
      expect(third.events.filter((told) => told.includes('new in silver.rejects'))).toEqual([]);
      await publisher.close();
    },
    SLACK_MS,
  );
});
