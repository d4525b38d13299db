// The data folder as a whole: made and proved writable at start, and held by one server at a time.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError, isDiskFull } from '../errors.ts';
import { closeToOthers, PRIVATE_FOLDER } from './private-modes.ts';
import { isMissing } from './snapshots/files.ts';
import { sqliteCode } from './sqlite-file.ts';

/** Makes the folder, closes to others what is private in it, and writes a probe file. @throws ConfigError naming the folder and what to do */
export function prepareDataDir(dataDir: string): Promise<void> {
  return expectWritable(dataDir, async () => {
    await makeFolder(dataDir);
    // Exports of people wait in it. Whoever opened it to a group, so that others may put files there, finds it as it was.
    await makeFolder(join(dataDir, 'inbox'), PRIVATE_FOLDER);
    // An older version restored it open.
    await closeToOthers(join(dataDir, 'listening'));
    await probe(dataDir);
    await keepReserve(dataDir);
  });
}

/** For whoever reads what is there: a folder that was made for it would hide that its name is wrong. @throws ConfigError naming the place that was looked at */
export async function requireDataDir(dataDir: string): Promise<void> {
  if (!(await look(dataDir))) throw toMissingError(dataDir);
}

/** For whoever opens the stores in it to find what is there. @throws ConfigError as requireDataDir does, and where it cannot be written */
export async function requireWritableDataDir(dataDir: string): Promise<void> {
  if (!(await examineDataDir(dataDir))) throw toMissingError(dataDir);
}

/** Says whether the folder is there, and proves that it can be written; leaves it as it was. @throws ConfigError */
export async function examineDataDir(dataDir: string): Promise<boolean> {
  if (!(await look(dataDir))) return false;
  await expectWritable(dataDir, () => probe(dataDir));
  return true;
}

function toMissingError(dataDir: string): ConfigError {
  return new ConfigError(
    `There is no data folder at "${resolve(dataDir)}". Set GROOVELAKE_DATA_DIR to the one that is meant; "groovelake start" makes a new one.`,
  );
}

async function look(dataDir: string): Promise<boolean> {
  try {
    return await exists(dataDir);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `GROOVELAKE_DATA_DIR is "${dataDir}", which cannot be looked at (${code}). Give this user the right to it, or name another folder.`,
      { cause },
    );
  }
}

async function probe(dataDir: string): Promise<void> {
  const path = join(dataDir, `.probe-${process.pid}`);
  await writeFile(path, '');
  await rm(path);
}

async function expectWritable(dataDir: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw toUnwritableError(dataDir, error);
  }
}

function toUnwritableError(dataDir: string, cause: unknown): ConfigError {
  const { code, message = String(cause) } = cause as { code?: string; message?: string };
  const reason = isDiskFull(cause)
    ? 'its disk is full'
    : code === undefined || code.startsWith('ERR_')
      ? message
      : code;
  return new ConfigError(
    `GROOVELAKE_DATA_DIR is "${dataDir}", which cannot be written (${reason}). ` +
      'Give this user the right to write there, free space, or name another folder.',
    { cause },
  );
}

/** Makes a folder and those above it, one by one: Node's own recursive way never ends where a file system refuses (/proc). */
async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path || (await exists(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode });
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const MB = 1_048_576;

/** Space kept aside, so that a full disk can still be said: the end of the run that filled it is written there. */
const RESERVE_BYTES = 4 * MB;

async function keepReserve(dataDir: string): Promise<void> {
  const path = join(dataDir, 'reserve');
  if (await hasReserve(dataDir)) return;
  try {
    await writeFile(path, Buffer.alloc(RESERVE_BYTES));
  } catch (error) {
    // Half of it would take the last space, and give back none.
    await rm(path, { force: true }).catch(() => {});
    throw error;
  }
}

async function hasReserve(dataDir: string): Promise<boolean> {
  return (await stat(join(dataDir, 'reserve')).catch(() => null))?.size === RESERVE_BYTES;
}

/** Keeps the space aside again after it was given back, once there is room: the next run may fill the disk as the last one did. */
export async function renewReserve(dataDir: string): Promise<void> {
  if (await hasReserve(dataDir)) return;
  // What is left of a disk that is nearly full is for whoever must write now.
  if ((await measureFreeMb(dataDir)) * MB >= 4 * RESERVE_BYTES) await keepReserve(dataDir);
}

/** Whole MB of the folder's disk that this user may still write. */
export async function measureFreeMb(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return Math.floor((bavail * bsize) / MB);
}

/** What to say of a disk with too little space; null where it has enough. A build writes every relation anew beside the served one. */
export function describeFullDisk(freeMb: number, minFreeMb: number): string | null {
  if (freeMb >= minFreeMb) return null;
  return `The disk of the data folder has ${freeMb} MB free; ${minFreeMb} are expected (GROOVELAKE_MIN_FREE_MB). Free space: a run that fills it fails.`;
}

/** Gives the space back to whoever must write now; the next start, or the next run, keeps it aside again. */
export async function releaseReserve(dataDir: string): Promise<void> {
  await rm(join(dataDir, 'reserve'), { force: true });
}

export interface ServerLock {
  /** Tells others where this server listens. */
  announce(url: string): Promise<void>;
  release(): Promise<void>;
}

/** The file whose lock says that a server is there. */
const LOCK = 'server.lock';
/** Whoever looks whether a server is there holds the lock for an instant, which must not keep one from starting. */
const LOOKED_AT_MS = 500;
/** Of SQLite: another connection has the lock. */
const BUSY = 5;

/**
 * Holds the folder for one server, by a lock of the operating system that goes with the process however it ends.
 *
 * @throws ConfigError naming the server that holds it, or why nobody can
 */
export async function lockDataDir(dataDir: string): Promise<ServerLock> {
  const announcement = join(dataDir, ANNOUNCEMENT);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(join(dataDir, LOCK));
    db.exec(`PRAGMA busy_timeout = ${LOOKED_AT_MS}; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE`);
  } catch (error) {
    db?.close();
    throw sqliteCode(error) === BUSY ? await toHeldError(dataDir, error) : toUnwritableError(dataDir, error);
  }
  const held = db;
  // One that outlived its server, or came with a copy of another folder, must not be believed while this one starts.
  await rm(announcement, { force: true });
  return {
    announce: (url) => writeFile(announcement, `${JSON.stringify({ pid: process.pid, url })}\n`),
    release: async () => {
      await rm(announcement, { force: true });
      held.close();
    },
  };
}

async function toHeldError(dataDir: string, cause: unknown): Promise<ConfigError> {
  const holder = await readAnnouncement(dataDir);
  return new ConfigError(
    `GROOVELAKE_DATA_DIR is "${dataDir}", which another server already holds${
      holder ? ` (process ${holder.pid}, ${holder.url})` : ''
    }. Stop that server, or name another folder.`,
    { cause },
  );
}

/** Whether a server holds the folder. A folder that cannot be written can be asked too. @throws what SQLite says of a lock that cannot be looked at */
export function isHeld(dataDir: string): boolean {
  const path = join(dataDir, LOCK);
  if (!existsSync(path)) return false;
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch (error) {
    if (sqliteCode(error) === BUSY) return true;
    throw error;
  } finally {
    db.close();
  }
}

export interface Announcement {
  readonly pid: number;
  readonly url: string;
}

const ANNOUNCEMENT = 'server.json';

/**
 * The server that holds the folder, once it has announced itself. An announcement alone proves nothing: it outlives a server that was
 * killed, and comes along with a copy of a folder whose server runs; another installation may answer at its address.
 */
export async function findServer(dataDir: string): Promise<Announcement | null> {
  const announced = await readAnnouncement(dataDir);
  try {
    return announced && isHeld(dataDir) ? announced : null;
  } catch {
    return null;
  }
}

async function readAnnouncement(dataDir: string): Promise<Announcement | null> {
  try {
    return JSON.parse(await readFile(join(dataDir, ANNOUNCEMENT), 'utf8'));
  } catch {
    return null;
  }
}
