import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flipped } from './flipped.ts';
import { makeRows, openFolder, openRows } from './rows.ts';

describe('damaged files', () => {
  const FILES = [
    'vectors.f32',
    'norms.f32',
    'missing.u16',
    'artists.i32',
    'credit-offsets.u32',
    'credits.u32',
    'recordings.u32',
    'songs.u32',
    'profiles.f32',
    'track-ids.u8',
    'track-ids.u32',
    'artist-ids.u8',
    'artist-ids.u32',
  ];

  it.each(FILES)('are refused rather than searched: %s flipped, cut or gone', async (name) => {
    const { folder } = await openRows(makeRows(50));
    const path = join(folder, name);
    const whole = readFileSync(path);
    for (const damaged of [flipped(whole, 9), whole.subarray(0, whole.length - 1), Buffer.alloc(0)]) {
      writeFileSync(path, damaged);
      await expect(openFolder(folder)).rejects.toMatchObject({ code: 'ANN_INDEX' });
    }
    writeFileSync(path, whole);
    expect((await openFolder(folder)).warnings).toEqual([]);
  });

  it.each([
    ['no JSON', () => 'x'],
    ['of another format', (facts: object) => JSON.stringify({ ...facts, format: 1 })],
    ['of a newer format', (facts: object) => JSON.stringify({ ...facts, format: 99 })],
    ['of another snapshot', (facts: object) => JSON.stringify({ ...facts, snapshotId: 's2' })],
    ['of other sizes', (facts: object) => JSON.stringify({ ...facts, vectors: 49 })],
  ])('are refused: the sidecar is %s', async (_what, change) => {
    const { folder } = await openRows(makeRows(50));
    const path = join(folder, 'similarity.json');
    writeFileSync(path, change(JSON.parse(readFileSync(path, 'utf8'))));
    await expect(openFolder(folder)).rejects.toMatchObject({ code: 'ANN_INDEX' });
  });
});
