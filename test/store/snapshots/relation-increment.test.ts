import { describe, expect, it } from 'vitest';
import { chooseFiles } from '../../../src/store/snapshots/relation-increment.ts';

describe('chooseFiles', () => {
  const choose = (rows: readonly number[], added: number, mustGo: readonly number[] = []) =>
    chooseFiles(
      rows.map((count) => ({ rows: count })),
      (file) => mustGo.includes(file.rows),
      added,
    ).map((file) => file.rows);

  it('leaves files alone that are much larger than what is written', () => {
    expect(choose([170_000, 4_000], 1_000)).toEqual([]);
  });

  it('merges small files on the way, each that is at most twice what is written by then', () => {
    expect(choose([170_000, 2_000, 6_000, 19_000], 1_000)).toEqual([2_000, 6_000]);
  });

  it('rewrites what rows go from, and what has become small beside it', () => {
    expect(choose([170_000, 90_000, 600_000], 0, [90_000])).toEqual([90_000, 170_000]);
  });

  it('keeps few files however many batches come', () => {
    let files = [200_000];
    let written = 0;
    for (let batch = 0; batch < 200; batch++) {
      const merged = choose(files, 1_000);
      files = [
        ...files.filter((rows) => !merged.includes(rows)),
        merged.reduce((sum, rows) => sum + rows, 1_000),
      ];
      written += files.at(-1) ?? 0;
    }
    expect(files.length).toBeLessThanOrEqual(9);
    expect(written / 200_000).toBeLessThan(12);
  });
});
