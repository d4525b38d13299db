import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openScratch } from '../../src/store/scratch-folder.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

describe('openScratch', () => {
  it('is within the data folder, and stays', async () => {
    const dataDir = makeTempFolder();
    const scratch = await openScratch(dataDir, 'tmp/sql');
    expect(scratch.path).toBe(join(dataDir, 'tmp/sql'));
    await scratch.remove();
    expect(existsSync(scratch.path)).toBe(true);
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)('is of the system where nothing can be written there', async () => {
    const dataDir = makeTempFolder();
    chmodSync(dataDir, 0o500);
    const scratch = await openScratch(dataDir, 'tmp/sql');
    expect(scratch.path.startsWith(dataDir)).toBe(false);
    expect(existsSync(scratch.path)).toBe(true);
    await scratch.remove();
    expect(existsSync(scratch.path)).toBe(false);
    chmodSync(dataDir, 0o700);
  });
});
