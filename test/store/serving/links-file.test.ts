import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { writeLinksFile } from '../../../src/store/serving/links-file.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

describe('writeLinksFile', () => {
  it('writes links in whatever portions they come', () => {
    const path = join(makeTempFolder(), 'links.sqlite');
    const links = Array.from({ length: 1_000 }, (_, at) => [at >> 2, at & 3, 1_000 - at]);
    const written = writeLinksFile(path);
    for (const [from, to] of [
      [0, 1],
      [1, 64],
      [64, 300],
      [300, 1_000],
    ] as const)
      written.take('album_tracks', Int32Array.from(links.slice(from, to).flat()));
    written.finish();
    written.close();
    const file = new DatabaseSync(path, { readOnly: true });
    const rows = file
      .prepare('select * from album_tracks')
      .all()
      .map((row) => Object.values(row));
    file.close();
    expect(rows).toEqual(links);
  });
});
