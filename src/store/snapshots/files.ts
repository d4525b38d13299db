// Every write of a snapshot goes through this port: durable by construction, and scriptable by a test that lets a call fail,
// forgets what was not synced, or stops the world between two calls.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import {
  copyFile,
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface Files {
  /** @param mode who may enter it; as the process makes folders unless stated */
  makeFolder(path: string, mode?: number): Promise<void>;
  /** Writes a file anew, and returns when the disk has its bytes. */
  write(path: string, bytes: string): Promise<void>;
  /** Gives a file a second name; fails (EEXIST) when the name is taken. */
  link(from: string, to: string): Promise<void>;
  syncFile(path: string): Promise<void>;
  /** Syncs a file that somebody else wrote, and says what is in it: opened once, where three calls would open it three times. */
  seal(path: string): Promise<{ bytes: number; sha256: string }>;
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
  makeFolder: async (path, mode) => {
    await mkdir(path, { recursive: true, mode });
  },
  write: (path, bytes) => writeFile(path, bytes, { flush: true }),
  link: (from, to) => linkOrCopy(from, to),
  syncFile: (path) => sync(path),
  seal: async (path) => {
    await using handle = await open(path, 'r');
    await handle.sync();
    return await hashAll(handle);
  },
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
    await using handle = await open(path, 'r');
    return (await hashAll(handle)).sha256;
  },
};

/**
 * Gives a file a second name. On a file system without second names it is a copy: still only one of two writers gets the name, but while
 * the copy is made it is seen under that name, and a power cut may leave it there half.
 */
export async function linkOrCopy(
  from: string,
  to: string,
  effects: { readonly link?: typeof link; readonly sync?: typeof sync } = {},
): Promise<void> {
  const own = { link, sync, ...effects };
  try {
    return await own.link(from, to);
  } catch (error) {
    if (!hasNoLinks(error)) throw error;
  }
  // A copy that fails takes its file away itself.
  await copyFile(from, to, constants.COPYFILE_EXCL);
  try {
    await own.sync(to);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

const PIECE = 1 << 20;

async function hashAll(handle: FileHandle): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  const { size } = await handle.stat();
  // A stream makes memory for each piece, outside the heap: for the files of a build the collector ran twenty times.
  const piece = Buffer.allocUnsafeSlow(Math.min(size, PIECE));
  let bytes = 0;
  while (bytes < size) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, bytes);
    if (bytesRead === 0) break;
    hash.update(piece.subarray(0, bytesRead));
    bytes += bytesRead;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The hash of a file; null where the disk cannot read it, which is damage like a flipped bit. */
export async function hashReadable(files: Files, path: string): Promise<string | null> {
  try {
    return await files.hash(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') return null;
    throw error;
  }
}

/** Replaces a file as one step: a reader sees the old bytes or the new ones, also after a power cut. */
export async function replaceDurably(files: Files, path: string, bytes: string): Promise<void> {
  const temporary = await writeTemporary(files, path, bytes);
  await files.rename(temporary, path);
  await files.syncFolder(dirname(path));
}

/** Creates a file as one step: it is there whole or not at all. Fails (EEXIST) when there is one. */
export async function createDurably(files: Files, path: string, bytes: string): Promise<void> {
  const temporary = await writeTemporary(files, path, bytes);
  try {
    await files.link(temporary, path);
  } finally {
    await files.remove(temporary);
  }
  await files.syncFolder(dirname(path));
}

/** Makes a folder and those above it, all of one mode; each is in its parent for good before anything is put into it. */
export async function makeFolderDurably(files: Files, path: string, mode?: number): Promise<void> {
  if (await files.find(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeFolderDurably(files, parent, mode);
  await files.makeFolder(path, mode);
  await files.syncFolder(parent);
}

/** The ending of names that no reader looks at. */
export const TEMPORARY = '.part';

async function writeTemporary(files: Files, path: string, bytes: string): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}${TEMPORARY}`);
  try {
    await files.write(temporary, bytes);
    return temporary;
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Whether a name was taken already. */
export function isTaken(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'EEXIST';
}

function hasNoLinks(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
