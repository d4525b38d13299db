import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../src/store/serving/rows-file.ts';
import { startRowsWriter } from '../../../src/store/serving/rows-writer.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const COLUMNS: readonly Column[] = [
  { name: 'is_local', kept: 'BOOLEAN' },
  { name: 'duration_ms', kept: 'INTEGER' },
  { name: 'track_id', kept: 'TEXT' },
  { name: 'name_key', kept: 'TEXT' },
  { name: 'search_text', kept: 'TEXT' },
];

describe('startRowsWriter', () => {
  it('writes the rows of an entity in whatever portions they come: no number is null, texts are as they are', async () => {
    const path = join(makeTempFolder(), 'serving.sqlite');
    const writer = startRowsWriter(path);
    await writer.give({ what: 'begin', entity: 'tracks', columns: COLUMNS });
    for (let rank = 1; rank <= 60; rank += 2) {
      const texts = [`["a${rank}","night train",null]`, `["b${rank}","日本 \\"é\\"","日本 \\"é\\" e"]`];
      const numbers = Float64Array.of(rank, rank + 1, 1, Number.NaN, 2 ** 40, rank);
      await writer.give({ what: 'take', rows: { texts, numbers } });
    }
    await writer.give({ what: 'end' });
    await writer.finish('s1');
    const file = new DatabaseSync(path, { readOnly: true });
    const read = (sql: string) =>
      file
        .prepare(sql)
        .all()
        .map((row) => Object.values(row));
    expect(read('select count(*) from tracks')).toEqual([[60]]);
    expect(read('select * from tracks where rank > 58')).toEqual([
      [59, 1, 2 ** 40, 'a59', 'night train', null],
      [60, null, 59, 'b59', '日本 "é"', '日本 "é" e'],
    ]);
    expect(read('select word from words order by word')).toEqual([['night'], ['train']]);
    expect(read("select count(*) from tracks_names where tracks_names match 'ght'")).toEqual([[30]]);
    expect(read('select * from facts')).toEqual([['s1']]);
    file.close();
  });

  it('rejects with what went wrong in the thread, and does not wait for ever', async () => {
    const writer = startRowsWriter(join(makeTempFolder(), 'not-there', 'serving.sqlite'));
    const giveMany = async () => {
      for (let times = 0; times < 1_000; times++) await writer.give({ what: 'end' });
    };
    await expect(giveMany()).rejects.toThrow(/unable to open database file/);
    await expect(writer.finish('s1')).rejects.toThrow(/unable to open database file/);
  });

  it('rejects once it is stopped', async () => {
    const writer = startRowsWriter(join(makeTempFolder(), 'serving.sqlite'));
    await writer.stop();
    await expect(writer.finish('s1')).rejects.toThrow(/was stopped/);
  });
});
