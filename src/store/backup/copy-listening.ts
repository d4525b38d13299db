// Copies an account's listening while the account is in use.
import { join } from 'node:path';
import { sha256 } from '../sha256.ts';
import { createDurably, type Files, isMissing } from '../snapshots/files.ts';
import type { BackupFile } from './backup-list.ts';
import { copyDatabase } from './copy-database.ts';
import { copyFile, copyIfThere } from './copy-files.ts';
import { listFiles } from './list-files.ts';

/** Versions that may be made while one is copied, before the plays are left out. */
const MAX_TRIES = 3;

interface Copying {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

interface Copied {
  readonly copied: readonly BackupFile[];
  /** What could not be copied, in words. */
  readonly warnings: readonly string[];
}

/** @param folder relative to the data folder: listening/ACCOUNT */
export async function copyListening(files: Files, folder: string, copying: Copying): Promise<Copied> {
  // The database first: it names files, and those that come later are not missed.
  const database = await copyDatabase(files, `${folder}/listening.sqlite`, copying);
  const copied = database ? [database] : [];
  for (const path of await listFiles(files, copying.from, folder)) {
    const file = path.startsWith(`${folder}/derived/`) ? null : await copyIfThere(files, path, copying);
    if (file) copied.push(file);
  }
  const derived = await copyDerived(files, `${folder}/derived`, copying);
  return { copied: [...copied, ...derived.copied], warnings: derived.warnings };
}

/**
 * The version that CURRENT names, and CURRENT as it was then. One that was swept meanwhile is left, and the newer one taken; where that
 * goes on, or CURRENT or its plays are damaged, none is: the next run of HISTORY makes it anew.
 */
async function copyDerived(files: Files, folder: string, copying: Copying): Promise<Copied> {
  const { from, to } = copying;
  const path = `${folder}/CURRENT`;
  const leaveOut = async (what: string): Promise<Copied> => {
    await files.remove(join(to, folder));
    const warning = `${what}: the plays made from what has landed are left out. In the restored folder the next run of HISTORY makes them anew.`;
    return { copied: [], warnings: [warning] };
  };
  let plays = '';
  for (let tries = 1; tries <= MAX_TRIES; tries++) {
    // Nothing was merged yet, or the account was forgotten meanwhile.
    if (!(await files.find(join(from, path)))) return { copied: [], warnings: [] };
    const text = await files.read(join(from, path));
    const pointer = readPointer(text);
    if (pointer === null) return leaveOut(`"${path}" is damaged`);
    plays = `${folder}/${pointer.version}/plays.parquet`;
    try {
      const copied = [await copyFile(files, plays, copying)];
      if (copied[0]?.sha256 !== pointer.sha256) return leaveOut(`"${plays}" is damaged`);
      for (const name of await listFiles(files, from, `${folder}/${pointer.version}`))
        if (name !== plays) copied.push(await copyFile(files, name, copying));
      await createDurably(files, join(to, path), text);
      copied.push({ path, bytes: Buffer.byteLength(text), sha256: sha256(text) });
      return { copied, warnings: [] };
    } catch (error) {
      if (!isMissing(error)) throw error;
      await files.remove(join(to, folder));
    }
  }
  return leaveOut(`"${plays}", which "${path}" names, is missing, or was replaced ${MAX_TRIES} times`);
}

/** The folder that CURRENT names, and the hash of the plays in it; null where it is damaged. */
function readPointer(text: string): { version: string; sha256: string } | null {
  try {
    const { version, sha256: hash } = (JSON.parse(text) ?? {}) as { version?: unknown; sha256?: unknown };
    const isWhole = typeof version === 'string' && /^[\w-]+$/.test(version) && typeof hash === 'string';
    return isWhole ? { version, sha256: hash } : null;
  } catch {
    return null;
  }
}
