// One server at a time holds a data folder, and tells others where it listens.
import { existsSync } from 'node:fs';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../errors.ts';
import { toUnwritableError } from './data-dir.ts';
import { sqliteCode } from './sqlite-file.ts';

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
/** Of SQLite: the file holds something else. Whoever holds its lock has others told that it is busy. */
const NOT_A_DATABASE = 26;

/**
 * Holds the folder for one server, by a lock of the operating system that goes with the process however it ends.
 *
 * @throws ConfigError naming the server that holds it, or why nobody can
 */
export async function lockDataDir(dataDir: string): Promise<ServerLock> {
  const announcement = join(dataDir, ANNOUNCEMENT);
  const path = join(dataDir, LOCK);
  let held: DatabaseSync;
  try {
    held = await lockFile(path);
  } catch (error) {
    throw sqliteCode(error) === BUSY ? await toHeldError(dataDir, error) : toUnwritableError(dataDir, error);
  }
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

/** One that is damaged is emptied, as it holds nothing but the lock: in its place, so that a lock which somebody has taken meanwhile stays. */
async function lockFile(path: string): Promise<DatabaseSync> {
  try {
    return openLocked(path);
  } catch (error) {
    if (sqliteCode(error) !== NOT_A_DATABASE) throw error;
    await truncate(path);
    return openLocked(path);
  }
}

function openLocked(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${LOOKED_AT_MS}; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
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
    if (sqliteCode(error) === NOT_A_DATABASE) return false;
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
