// Files that the API may import: those in the inbox of the data folder, and nothing that a name or a link leads to outside it.
import { realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidInputError } from '../../errors.ts';

/** Absolute paths of files named within the inbox. @throws InvalidInputError */
export async function resolveInboxFiles(dataDir: string, names: readonly string[]): Promise<string[]> {
  const inbox = await realpath(join(dataDir, 'inbox'));
  return Promise.all(
    names.map(async (name) => {
      const path = await realpath(join(inbox, name)).catch(() => null);
      if (path?.startsWith(inbox + sep)) return path;
      throw new InvalidInputError(
        `"${name}" is no file of the inbox; the name of a file in "inbox" of the data folder is expected. Put the file there first.`,
        { field: 'files', given: name, expected: 'the name of a file in the inbox' },
      );
    }),
  );
}
