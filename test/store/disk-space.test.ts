import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareDataDir } from '../../src/store/data-dir.ts';
import { releaseReserve, renewReserve } from '../../src/store/disk-space.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

describe('renewReserve', () => {
  it('keeps the space aside again that was given back, once the disk has room', async () => {
    const dataDir = makeTempFolder();
    await prepareDataDir(dataDir);
    await releaseReserve(dataDir);
    await renewReserve(dataDir);
    expect(statSync(join(dataDir, 'reserve')).size).toBe(4 * 1_048_576);
  });
});
