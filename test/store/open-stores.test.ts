import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openServerStores } from '../../src/store/open-stores.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

describe('openServerStores(config)', () => {
  it('opens what has landed at the first call, once', async () => {
    const dataDir = makeTempFolder();
    const stores = await openServerStores(readConfig({ GROOVELAKE_DATA_DIR: dataDir }));
    expect(existsSync(join(dataDir, 'landing.sqlite'))).toBe(false);
    const landing = stores.openLanding();
    expect(await landing.listBatches()).toEqual([]);
    expect(stores.openLanding()).toBe(landing);
    await stores.close();
    await expect(landing.listBatches()).rejects.toThrow('not open');
  });

  it('opens the others where the file of what has landed is damaged', async () => {
    const dataDir = makeTempFolder();
    writeFileSync(
      join(dataDir, 'landing.sqlite'),
      'no database, and long enough to be looked at as one'.repeat(20),
    );
    await using stores = await openServerStores(readConfig({ GROOVELAKE_DATA_DIR: dataDir })).then(
      (opened) => ({
        ...opened,
        [Symbol.asyncDispose]: opened.close,
      }),
    );
    expect(() => stores.openLanding()).toThrow('is damaged or no database');
    expect(await stores.runs.countRuns()).toBe(0);
  });
});
