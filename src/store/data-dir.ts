// The data folder as a whole: made, and proved writable, at start.
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError, GroovelakeError, isDiskFull } from '../errors.ts';
import { type Log, silentLog } from '../log.ts';
import { keepReserve } from './disk-space.ts';
import { closeToOthers, PRIVATE_FOLDER } from './private-modes.ts';
import { isMissing } from './snapshots/files.ts';

/**
 * Makes the folder, closes to others what is private in it, writes a probe file and keeps some space aside. On a disk that has no room for
 * that it goes on without: what is there can be served, and whoever comes to free space must not be kept out.
 *
 * @param log where that is said; health and `doctor` measure the disk themselves
 * @throws ConfigError naming the folder and what to do; GroovelakeError (DISK_FULL) where not even an empty file can be written
 */
export function prepareDataDir(dataDir: string, log: Log = silentLog): Promise<void> {
  return expectWritable(dataDir, async () => {
    await makeFolder(dataDir);
    // Exports of people wait in it. Whoever opened it to a group, so that others may put files there, finds it as it was.
    await makeFolder(join(dataDir, 'inbox'), PRIVATE_FOLDER);
    // An older version restored it open.
    await closeToOthers(join(dataDir, 'listening'));
    await probe(dataDir);
    await keepReserve(dataDir).catch((error: unknown) => {
      if (!isDiskFull(error)) throw error;
      log.warn('The disk is full: nothing is kept aside for the end of a run. Free space', {
        dataDir,
        error,
      });
    });
  });
}

/** For whoever reads what is there: a folder that was made for it would hide that its name is wrong. @throws ConfigError naming the place that was looked at */
export async function requireDataDir(dataDir: string): Promise<void> {
  if (!(await look(dataDir))) throw toMissingError(dataDir);
}

/** For whoever opens the stores in it to find what is there. @throws ConfigError as requireDataDir does, and where it cannot be written; GroovelakeError (DISK_FULL) */
export async function requireWritableDataDir(dataDir: string): Promise<void> {
  if (!(await examineDataDir(dataDir))) throw toMissingError(dataDir);
}

/** Says whether the folder is there, and proves that it can be written; leaves it as it was. @throws ConfigError; GroovelakeError (DISK_FULL) */
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

/** What a folder that cannot be written ends with. A full disk is no wrong setting: it may have room again at the next start. */
export function toUnwritableError(dataDir: string, cause: unknown): GroovelakeError {
  if (isDiskFull(cause)) {
    return new GroovelakeError(
      'DISK_FULL',
      `The disk of the data folder "${dataDir}" is full. Free space on it, then try again.`,
      { cause, isRetryable: true },
    );
  }
  const { code, message = String(cause) } = cause as { code?: string; message?: string };
  const reason = code === undefined || code.startsWith('ERR_') ? message : code;
  return new ConfigError(
    `GROOVELAKE_DATA_DIR is "${dataDir}", which cannot be written (${reason}). ` +
      'Give this user the right to write there, or name another folder.',
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
