// Every write of a snapshot goes through this port: durable by construction, and scriptable by a test that lets a call fail,
// forgets what was not synced, or stops the world between two calls.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Files {
  makeFolder(path: string): Promise<void>;
  /** Creates a file with these bytes, synced; fails (EEXIST) when there is one. */
  createDurably(path: string, bytes: string): Promise<void>;
  syncFile(path: string): Promise<void>;
  syncFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  read(path: string): Promise<string>;
  /** Names in a folder, sorted; empty when there is no such folder. */
  list(path: string): Promise<string[]>;
  /** Null when there is nothing. */
  find(path: string): Promise<{ bytes: number; modifiedAt: number; isFolder: boolean } | null>;
  /** SHA-256 of a file, lower-case hexadecimal. */
  hash(path: string): Promise<string>;
}

export const localFiles: Files = {
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  createDurably: async (path, bytes) => {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  syncFile: (path) => sync(path),
  syncFolder: (path) => sync(path),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { recursive: true, force: true }),
  read: (path) => readFile(path, 'utf8'),
  list: async (path) => {
    try {
      return (await readdir(path)).sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  find: async (path) => {
    try {
      const found = await stat(path);
      return { bytes: found.size, modifiedAt: found.mtimeMs, isFolder: found.isDirectory() };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  },
  hash: async (path) => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
      hash.update(chunk as Buffer);
    return hash.digest('hex');
  },
};

/** Replaces a file as one step: a reader sees the old bytes or the new ones, also after a power cut. */
export async function replaceDurably(files: Files, path: string, bytes: string): Promise<void> {
  const temporary = `${path}.part`;
  await files.remove(temporary);
  await files.createDurably(temporary, bytes);
  await files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
