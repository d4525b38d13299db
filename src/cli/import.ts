// groovelake import PATH...
import { resolve } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { looksLikeExport, openExport } from '../sources/exports/read-export.ts';
import { openCsv } from '../sources/files/read-csv.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { runHere } from './local-run.ts';

export const importCommand: Command = {
  name: 'import',
  usage: 'import PATH... [--account ID]',
  does: 'land public data sets (CSV), or your Spotify data export (folder, ZIP, JSON)',
  run: importFiles,
};

/** Looks at every file before anything is landed, so that a wrong name costs nothing. */
async function importFiles(parts: CommandParts): Promise<number> {
  const { positionals, values } = parseWords(parts.words, { account: { type: 'string' } });
  if (positionals.length === 0) {
    throw new InvalidInputError(
      'import names no file; at least one CSV file or data export is expected, e.g. "groovelake import spotify_songs.csv".',
      { field: 'files', expected: 'at least one file' },
    );
  }
  const files: string[] = [];
  const exports: string[] = [];
  for (const path of positionals.map((name) => resolve(name))) {
    const isExport = await looksLikeExport(path);
    parts.terminal.line(
      `${path}: ${isExport ? await describeExport(parts, path) : await describeDataset(parts, path)}`,
    );
    (isExport ? exports : files).push(path);
  }
  const show = (report: string[]) => {
    for (const line of report) parts.terminal.line(`  ${line}`);
  };
  const account = values.account === undefined ? {} : { account: values.account };
  const codes: number[] = [];
  if (files.length > 0) codes.push(await runHere(parts, 'IMPORT', { files }, show));
  if (exports.length > 0) codes.push(await runHere(parts, 'HISTORY', { exports, ...account }, show));
  return Math.max(...codes);
}

async function describeDataset({ config }: CommandParts, path: string): Promise<string> {
  return (await openCsv(path, { maxLineBytes: config.importMaxLineBytes })).dataset.title;
}

async function describeExport({ config }: CommandParts, path: string): Promise<string> {
  const found = await openExport(path, {
    maxBytes: config.exportMaxBytes,
    maxEntries: config.exportMaxFiles,
    maxRowBytes: config.importMaxLineBytes,
  });
  found.close();
  return found.title;
}
