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

/** @param folder relative to the data folder: listening/ACCOUNT */
export async function copyListening(files: Files, folder: string, copying: Copying): Promise<BackupFile[]> {
  // The database first: it names files, and those that come later are not missed.
  const database = await copyDatabase(files, `${folder}/listening.sqlite`, copying);
  const copied = database ? [database] : [];
  for (const path of await listFiles(files, copying.from, folder)) {
    const file = path.startsWith(`${folder}/derived/`) ? null : await copyIfThere(files, path, copying);
    if (file) copied.push(file);
  }
  return [...copied, ...(await copyDerived(files, `${folder}/derived`, copying))];
}

/**
 * The version that CURRENT names, and CURRENT as it was then. One that was swept meanwhile is left, and the newer one taken; where that
 * goes on, none is: the next run of HISTORY makes it anew.
 */
async function copyDerived(files: Files, folder: string, copying: Copying): Promise<BackupFile[]> {
  const { from, to } = copying;
  const path = `${folder}/CURRENT`;
  for (let tries = 1; tries <= MAX_TRIES && (await files.find(join(from, path))); tries++) {
    const text = await files.read(join(from, path));
    const { version } = JSON.parse(text) as { version: string };
    try {
      const copied: BackupFile[] = [];
      for (const name of await listFiles(files, from, `${folder}/${version}`))
        copied.push(await copyFile(files, name, copying));
      await createDurably(files, join(to, path), text);
      return [...copied, { path, bytes: Buffer.byteLength(text), sha256: sha256(text) }];
    } catch (error) {
      if (!isMissing(error)) throw error;
      await files.remove(join(to, folder));
    }
  }
  return [];
}
