// Who else on this machine may read: nobody, where people's listening lies, or what runs, keys and the audit log say of them. The catalogue
// is for other programs too (docs/open-gold.md), so the data folder as a whole stays as its owner made it.
import { chmod } from 'node:fs/promises';
import { isMissing } from './snapshots/files.ts';

export const PRIVATE_FOLDER = 0o700;
export const PRIVATE_FILE = 0o600;

/** Closes a folder to others; nothing where there is none, or where it is not ours to close. */
export async function closeToOthers(folder: string): Promise<void> {
  try {
    await chmod(folder, PRIVATE_FOLDER);
  } catch (error) {
    if (!isMissing(error) && (error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}

/** The mode of the folder that holds a file of the data folder; undefined where anybody may read. */
export function folderModeOf(path: string): number | undefined {
  return path.startsWith('listening/') ? PRIVATE_FOLDER : undefined;
}

/** The mode of a file of the data folder: its databases are private, unlike the serving index, which is part of a snapshot. */
export function fileModeOf(path: string): number | undefined {
  return path.startsWith('listening/') || /^[^/]+\.sqlite$/.test(path) ? PRIVATE_FILE : undefined;
}
