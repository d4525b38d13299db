import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../src/log.ts';
import { prepareDataDir, requireDataDir, toUnwritableError } from '../../src/store/data-dir.ts';
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

  it('goes on without the reserve on a full disk, and says so', async () => {
    const dataDir = makeTempFolder();
    // A device on which every write ends as on a disk that is full.
    symlinkSync('/dev/full', join(dataDir, 'reserve'));
    const lines: string[] = [];
    const write = (line: string) => lines.push(line);
    await prepareDataDir(dataDir, createLog({ level: 'info', format: 'text', write, now: () => 0 }));
    expect(existsSync(join(dataDir, 'reserve'))).toBe(false);
    expect(lines).toEqual([expect.stringMatching(/warn.*The disk is full.*ENOSPC/)]);
  });
});

describe('toUnwritableError', () => {
  it('tells a full disk, which may have room at the next start, from a setting that is wrong', () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    expect(toUnwritableError('/srv/lake', full)).toMatchObject({ code: 'DISK_FULL', isRetryable: true });
    const readOnly = Object.assign(new Error('read-only'), { code: 'EROFS' });
    expect(toUnwritableError('/srv/lake', readOnly)).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('cannot be written (EROFS)'),
    });
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
