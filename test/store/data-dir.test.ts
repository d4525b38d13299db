import { chmodSync, cpSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  findServer,
  isHeld,
  lockDataDir,
  prepareDataDir,
  releaseReserve,
  renewReserve,
  requireDataDir,
} from '../../src/store/data-dir.ts';
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

describe('renewReserve', () => {
  it('keeps the space aside again that was given back, once the disk has room', async () => {
    const dataDir = makeTempFolder();
    await prepareDataDir(dataDir);
    await releaseReserve(dataDir);
    await renewReserve(dataDir);
    expect(statSync(join(dataDir, 'reserve')).size).toBe(4 * 1_048_576);
  });
});

describe('lockDataDir', () => {
  it('announces the server that holds the folder, to others and to the second server', async () => {
    const dataDir = makeTempFolder();
    const lock = await lockDataDir(dataDir);
    expect(await findServer(dataDir)).toBeNull();
    await lock.announce('http://127.0.0.1:4000');
    expect(await findServer(dataDir)).toEqual({ pid: process.pid, url: 'http://127.0.0.1:4000' });
    await expect(lockDataDir(dataDir)).rejects.toThrow(/another server already holds \(process \d+, http/);
    await lock.release();
    expect(await findServer(dataDir)).toBeNull();
    expect(isHeld(dataDir)).toBe(false);
  });

  it('is not mistaken for that of the folder it was copied from', async () => {
    const dataDir = makeTempFolder();
    const lock = await lockDataDir(dataDir);
    onTestFinished(() => lock.release());
    await lock.announce('http://127.0.0.1:4000');
    const copy = join(makeTempFolder(), 'copy');
    cpSync(dataDir, copy, { recursive: true });
    expect(await findServer(copy)).toBeNull();
    const second = await lockDataDir(copy);
    onTestFinished(() => second.release());
    // Held by a server that has not said where it listens: what was copied is not its word.
    expect(await findServer(copy)).toBeNull();
    expect(await findServer(dataDir)).not.toBeNull();
  });

  it('says why a folder cannot be held by anybody, and blames no other server', async () => {
    const dataDir = makeTempFolder();
    mkdirSync(join(dataDir, 'server.lock'));
    writeFileSync(join(dataDir, 'server.json'), '{"pid":1,"url":"http://127.0.0.1:4000"}');
    await expect(lockDataDir(dataDir)).rejects.toThrow(/cannot be written \(unable to open database file\)/);
  });
});
