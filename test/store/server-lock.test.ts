import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findServer, isHeld, lockDataDir } from '../../src/store/server-lock.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';

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

  it('is taken on a file that is damaged, and kept from a second server as any other', async () => {
    const dataDir = makeTempFolder();
    writeFileSync(join(dataDir, 'server.lock'), 'noise'.repeat(1_000));
    expect(isHeld(dataDir)).toBe(false);
    const lock = await lockDataDir(dataDir);
    expect(isHeld(dataDir)).toBe(true);
    await expect(lockDataDir(dataDir)).rejects.toThrow(/another server already holds/);
    await lock.release();
    expect(isHeld(dataDir)).toBe(false);
  });

  it('says why a folder cannot be held by anybody, and blames no other server', async () => {
    const dataDir = makeTempFolder();
    mkdirSync(join(dataDir, 'server.lock'));
    writeFileSync(join(dataDir, 'server.json'), '{"pid":1,"url":"http://127.0.0.1:4000"}');
    await expect(lockDataDir(dataDir)).rejects.toThrow(/cannot be written \(unable to open database file\)/);
  });
});
