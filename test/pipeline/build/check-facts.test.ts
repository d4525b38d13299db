import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showCheckFacts } from '../../../src/pipeline/build/check-facts.ts';
import type { DuckDb } from '../../../src/store/duckdb.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';

let db: DuckDb;

beforeAll(async () => {
  db = await openMemoryDb(4);
});
afterAll(() => db.close());

describe('showCheckFacts', () => {
  it('lets every connection read the limits: checks run side by side', async () => {
    await showCheckFacts(db, {
      relations: [{ layer: 'gold', name: 'tracks', rows: 10 }],
      documents: [{ source: 'spotify', kind: 'track', documents: 12 }],
      coverage: [],
      previous: null,
      better: [],
      dataDir: tmpdir(),
      limits: { maxLossPercent: 20, maxCoverageDrop: 30, maxAgeHours: 48 },
      acceptLoss: false,
      now: Date.UTC(2026, 10, 26),
    });
    const ask = () =>
      db.all(
        `select max_loss_percent() as loss, accept_loss() as accepted, max_coverage_drop() as fallen,
           max_age_hours() as hours, checked_at() = timestamptz '2026-11-26 00:00:00+00' as is_now,
           (select rows from built.relations where relation = 'gold.tracks') as rows, (select documents from built.documents) as landed`,
      );
    // Four at a time: each has a connection of its own.
    const answers = await Promise.all([ask(), ask(), ask(), ask()]);
    for (const [answer] of answers)
      expect(answer).toEqual({
        loss: 20,
        accepted: false,
        fallen: 0.3,
        hours: 48,
        is_now: true,
        rows: 10,
        landed: 12,
      });
  });
});
