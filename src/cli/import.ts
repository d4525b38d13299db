// groovelake import FILE...
import { resolve } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { openCsv } from '../sources/files/read-csv.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { runHere } from './local-run.ts';

export const importCommand: Command = {
  name: 'import',
  usage: 'import FILE...',
  does: 'land public data sets (CSV) and publish a snapshot',
  run: importFiles,
};

/** Looks at every file before anything is landed, so that a wrong name costs nothing. */
async function importFiles(parts: CommandParts): Promise<number> {
  const { positionals } = parseWords(parts.words, {});
  if (positionals.length === 0) {
    throw new InvalidInputError(
      'import names no file; at least one CSV file is expected, e.g. "groovelake import spotify_songs.csv".',
      {
        field: 'files',
        expected: 'at least one file',
      },
    );
  }
  const files = positionals.map((name) => resolve(name));
  for (const path of files) {
    const { dataset } = await openCsv(path, { maxLineBytes: parts.config.importMaxLineBytes });
    parts.terminal.line(`${path}: ${dataset.title}`);
  }
  return runHere(parts, 'IMPORT', { files }, (_run, report) => {
    for (const line of report) parts.terminal.line(`  ${line}`);
  });
}
