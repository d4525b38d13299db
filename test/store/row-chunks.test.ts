import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openDuckDb } from '../../src/store/duckdb.ts';
import { eachChunk } from '../../src/store/row-chunks.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

async function readRows(sql: string): Promise<unknown[]> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 64,
    threads: 2,
    maxConnections: 1,
    tempDir: join(makeTempFolder(), 'tmp'),
    tempMaxMb: 16,
    clock: systemClock,
  });
  onTestFinished(() => db.close());
  const rows: unknown[] = [];
  await eachChunk(db, sql, (chunk) => rows.push(...chunk));
  return rows;
}

describe('eachChunk', () => {
  it('gives texts as they are, and nulls, each in its column', async () => {
    const odd = 'a "quote", a \\ and\na line, \u0001\u001f, é, 日本, 🎸';
    const rows = await readRows(
      `select 1 as n, '${odd}' as a, null::varchar as b, 0.5::double as x, '' as c, null::integer as m`,
    );
    expect(rows).toEqual([[1, odd, null, 0.5, '', null]]);
  });

  it('tells columns of one name apart', async () => {
    expect(await readRows("select 1 as n, 'a' as t, 2 as n, 'b' as t")).toEqual([[1, 'a', 2, 'b']]);
    expect(await readRows('select 1 as n, 2 as n')).toEqual([[1, 2]]);
  });

  it('keeps the order of many rows', async () => {
    const rows = await readRows(
      "select i::integer as i, 'a' || i as t, 'b' || i as u from range(10000) r(i) order by hash(i)",
    );
    const sorted = await readRows('select i::integer as i from range(10000) r(i) order by hash(i)');
    expect(rows).toEqual(sorted.map((row) => (row as number[]).flatMap((i) => [i, `a${i}`, `b${i}`])));
  });
});
