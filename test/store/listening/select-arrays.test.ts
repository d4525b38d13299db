import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { openDuckDb } from '../../../src/store/duckdb.ts';
import { selectArrays } from '../../../src/store/listening/select-arrays.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

async function open() {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 64,
    threads: 1,
    maxConnections: 1,
    tempDir: makeTempFolder(),
    tempMaxMb: 64,
    clock: systemClock,
  });
  onTestFinished(() => db.close());
  return db;
}

const COLUMNS = { at: 'f64', track: 'i32', mode: 'i8', name: 'text' } as const;

describe('selectArrays', () => {
  it('has a column each, with NaN, -1 and "" for what is null', async () => {
    const sql = `select * from (values (1.5::double, 7, 1::tinyint, 'Étude'), (null, null, null, null), (2, 0, 0, '')) t`;
    const utf8 = new TextEncoder().encode('Étude');
    expect(Object.fromEntries(await selectArrays(await open(), sql, COLUMNS))).toEqual({
      at: Float64Array.of(1.5, Number.NaN, 2),
      track: Int32Array.of(7, -1, 0),
      mode: Int8Array.of(1, -1, 0),
      name: utf8,
      'name.starts': Uint32Array.of(0, utf8.length, utf8.length, utf8.length),
    });
  });

  it('keeps the order over many chunks, and has empty columns where there are no rows', async () => {
    const db = await open();
    const many = await selectArrays(db, 'select i::integer from range(10000) t(i) order by i desc', {
      i: 'i32',
    });
    expect(many.get('i')).toEqual(Int32Array.from({ length: 10_000 }, (_, at) => 9_999 - at));
    const none = await selectArrays(db, `select 1.0::double, 1, 1::tinyint, '' where false`, COLUMNS);
    expect([...none.values()].map(({ length }) => length)).toEqual([0, 0, 0, 0, 1]);
  });
});
