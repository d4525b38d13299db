// Files that the API may import: those in the inbox of the data folder, and nothing that a name or a link leads to outside it.
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { InvalidInputError } from '../../errors.ts';

/**
 * Absolute paths of files named within the inbox, links resolved.
 *
 * @param field in which they are named
 * @throws InvalidInputError for a name that is absolute, leads out of the inbox, or names no file
 */
export async function resolveInboxFiles(
  dataDir: string,
  names: readonly string[],
  field = 'files',
): Promise<string[]> {
  const inbox = await realpath(join(dataDir, 'inbox')).catch(() => null);
  return Promise.all(names.map((name) => resolveFile(inbox, name, field)));
}

async function resolveFile(inbox: string | null, name: string, field: string): Promise<string> {
  // join() would take "/songs.csv" for a name within, and whoever reads the name later for a path of its own.
  if (inbox !== null && !isAbsolute(name)) {
    const path = await realpath(join(inbox, name)).catch(() => null);
    if (path?.startsWith(inbox + sep) && (await isFile(path))) return path;
  }
  throw new InvalidInputError(
    `"${name}" is no file of the inbox; the name of a file in "inbox" of the data folder is expected. Put the file there first.`,
    { field, given: name, expected: 'the name of a file in the inbox' },
  );
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true;
}
