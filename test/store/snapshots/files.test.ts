// The file system as snapshots use it.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localFiles } from '../../../src/store/snapshots/files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groovelake-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.each([
  ['nothing', 0],
  ['less than a piece', 1_000],
  ['a piece to the last byte', 1 << 20],
  ['some pieces and a rest', (1 << 21) + 77],
])('a file of %s has the hash and the length of its bytes', async (_, length) => {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 8)) & 255));
  const path = join(folder, 'some');
  await writeFile(path, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  expect(await localFiles.hash(path)).toBe(sha256);
  expect(await localFiles.seal(path)).toEqual({ bytes: length, sha256 });
});

test('a file that is not there has no hash, and the error names it', async () => {
  await expect(localFiles.hash(join(folder, 'none'))).rejects.toThrow(/ENOENT.*none/);
});
