import { chmodSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { prepareDataDir, requireDataDir } from '../../src/store/data-dir.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe('prepareDataDir', () => {
  it('lets nobody else into the inbox it makes, where exports of people wait', async () => {
    const dataDir = join(makeTempFolder(), 'data');
    await prepareDataDir(dataDir);
    expect(modeOf(join(dataDir, 'inbox'))).toBe('700');
  });

  it('leaves an inbox that was opened to a group as it is', async () => {
    const dataDir = makeTempFolder();
    mkdirSync(join(dataDir, 'inbox'));
    chmodSync(join(dataDir, 'inbox'), 0o770);
    await prepareDataDir(dataDir);
    expect(modeOf(join(dataDir, 'inbox'))).toBe('770');
  });

  it("closes people's listening where an older version restored it open", async () => {
    const dataDir = makeTempFolder();
    mkdirSync(join(dataDir, 'listening'));
    chmodSync(join(dataDir, 'listening'), 0o755);
    await prepareDataDir(dataDir);
    expect(modeOf(join(dataDir, 'listening'))).toBe('700');
  });
});

describe('requireDataDir', () => {
  it('tells a folder that cannot be looked at from one that is not there', async () => {
    const dataDir = join(makeTempFolder(), 'data');
    await expect(requireDataDir(dataDir)).rejects.toThrow(/There is no data folder at/);
    symlinkSync(dataDir, dataDir);
    await expect(requireDataDir(dataDir)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/DATA_DIR is ".*data", which cannot be looked at \(ELOOP\)/),
    });
  });
});
