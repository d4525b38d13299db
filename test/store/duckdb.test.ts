import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openDuckDb } from '../../src/store/duckdb.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

describe('openDuckDb: bound values', () => {
  it.each([1e308, -1e300, 2 ** 53, 2 ** 53 - 1, -(2 ** 31), 0.5, 0])('takes the number %s', async (value) => {
    const db = await openDuckDb({
      path: ':memory:',
      memoryMb: 64,
      threads: 1,
      maxConnections: 1,
      tempDir: join(makeTempFolder(), 'tmp'),
      tempMaxMb: 16,
      clock: systemClock,
    });
    onTestFinished(() => db.close());
    expect(await db.all('select ?::double as value', [value])).toEqual([{ value }]);
  });
});
