// Which files a run may name: whoever sits at this machine any of it, whoever asks through the API those in the inbox of the data folder,
// and nothing that a name or a link leads to outside it.
import { readdir, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { InvalidInputError } from '../../errors.ts';
import type { TriggerKind } from '../runs/run-store.ts';

/** The parameter that names them. */
export interface NamedBy {
  readonly field: 'files' | 'exports';
  /** Whether a folder may be named. */
  readonly folders: boolean;
}

export const FILES: NamedBy = { field: 'files', folders: false };
export const EXPORTS: NamedBy = { field: 'exports', folders: true };

/**
 * Absolute paths of what a run names, each once: an absolute name as it is, another within the inbox, links resolved.
 *
 * A retry of what the API started names nothing else: its names were looked at when it began (checkInboxNames).
 *
 * @throws InvalidInputError for an absolute name from the API, one that leads out of the inbox, or that is not there
 */
export async function resolveNamed(
  dataDir: string,
  trigger: TriggerKind,
  names: readonly string[],
  by: NamedBy,
): Promise<string[]> {
  const inbox = await realpath(join(dataDir, 'inbox')).catch(() => null);
  const isFree = (name: string) => isAbsolute(name) && trigger !== 'MUTATION';
  const paths = names.map((name) => (isFree(name) ? name : resolveWithin(inbox, name, by)));
  return [...new Set(await Promise.all(paths))];
}

async function resolveWithin(inbox: string | null, name: string, by: NamedBy): Promise<string> {
  // join() would take "/songs.csv" for a name within, and whoever reads the name later for a path of its own.
  if (inbox !== null && !isAbsolute(name)) {
    const path = await realpath(join(inbox, name)).catch(() => null);
    if (path?.startsWith(inbox + sep) && (await isOfKind(path, by))) return path;
  }
  const what = by.folders ? 'file or folder' : 'file';
  const where = by.folders ? 'Put it there first, without links in it.' : 'Put the file there first.';
  throw new InvalidInputError(
    `"${name}" is no ${what} of the inbox; the name of a ${what} in "inbox" of the data folder is expected. ${where}`,
    { field: by.field, given: name, expected: `the name of a ${what} in the inbox` },
  );
}

async function isOfKind(path: string, { folders }: NamedBy): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() && folders) return !(await holdsLink(path));
  return found?.isFile() === true;
}

/** Whoever reads the folder would follow it, wherever it leads. */
async function holdsLink(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.some((entry) => entry.isSymbolicLink());
}
