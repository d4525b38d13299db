// The file system as snapshots use it.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkOrCopy, localFiles } from '../../../src/store/snapshots/files.ts';

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

describe('a second name on a file system without hard links', () => {
  const link = async () => {
    throw Object.assign(new Error('not permitted'), { code: 'EPERM' });
  };
  const names = () => [join(folder, '.entry.part'), join(folder, 'entry.json')] as const;

  test('is a copy that the disk has before it counts', async () => {
    const [from, to] = names();
    await writeFile(from, 'bytes');
    const synced: string[] = [];
    await linkOrCopy(from, to, {
      link,
      sync: async (path) => void synced.push(`${path} ${await readFile(path, 'utf8')}`),
    });
    expect(synced).toEqual([`${to} bytes`]);
    expect(await readFile(to, 'utf8')).toBe('bytes');
  });

  test('is not there when the disk does not have it', async () => {
    const [from, to] = names();
    await writeFile(from, 'bytes');
    const sync = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    await expect(linkOrCopy(from, to, { link, sync })).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(folder)).toEqual(['.entry.part']);
  });

  test('is given to the first of two, whose bytes stay', async () => {
    const [from, to] = names();
    await writeFile(from, 'second');
    await writeFile(to, 'first');
    await expect(linkOrCopy(from, to, { link })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(to, 'utf8')).toBe('first');
  });
});
