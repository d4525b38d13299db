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
 * goes on, or CURRENT is damaged, none is: the next run of HISTORY makes it anew.
 */
async function copyDerived(files: Files, folder: string, copying: Copying): Promise<Copied> {
  const { from, to } = copying;
  const path = `${folder}/CURRENT`;
  for (let tries = 1; tries <= MAX_TRIES && (await files.find(join(from, path))); tries++) {
    const text = await files.read(join(from, path));
    const version = readVersion(text);
    if (version === null) {
      const warning = `"${path}" is damaged: the plays made from what has landed are left out. In the restored folder the next run of HISTORY makes them anew.`;
      return { copied: [], warnings: [warning] };
    }
    try {
      const copied: BackupFile[] = [];
      for (const name of await listFiles(files, from, `${folder}/${version}`))
        copied.push(await copyFile(files, name, copying));
      await createDurably(files, join(to, path), text);
      const pointer = { path, bytes: Buffer.byteLength(text), sha256: sha256(text) };
      return { copied: [...copied, pointer], warnings: [] };
    } catch (error) {
      if (!isMissing(error)) throw error;
      await files.remove(join(to, folder));
    }
  }
  return { copied: [], warnings: [] };
}

/** The folder that CURRENT names; null where it is damaged. */
function readVersion(text: string): string | null {
  try {
    const { version } = (JSON.parse(text) ?? {}) as { version?: unknown };
    return typeof version === 'string' && /^[\w-]+$/.test(version) ? version : null;
  } catch {
    return null;
  }
}
