import { describe, expect, it } from 'vitest';
import { releaseArray } from '../../src/recommend/release-array.ts';
import { writeSimilarity } from '../../src/recommend/similarity-build.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { BUILD, makeRows, makeTable } from './rows.ts';

describe('releaseArray', () => {
  it('leaves nothing of an array, nor of another over the same memory', () => {
    const whole = new Float64Array(1_000);
    const part = whole.subarray(10, 20);
    releaseArray(part);
    expect([whole.byteLength, part.byteLength, part.buffer.byteLength]).toEqual([0, 0, 0]);
  });

  it('has given back the features of the tracks when an index is built', async () => {
    const table = makeTable(makeRows(50));
    await writeSimilarity(makeTempFolder(), table, null, BUILD);
    expect(table.values.byteLength).toBe(0);
  });
});
