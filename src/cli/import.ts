// groovelake import PATH...
import { basename, resolve } from 'node:path';
import { systemClock, systemRandomness } from '../clock.ts';
import { InvalidInputError, NotFoundError } from '../errors.ts';
import { exportLimits } from '../pipeline/listening/named-exports.ts';
import { looksLikeExport, openListeningExport } from '../sources/exports/read-export.ts';
import { openCsv } from '../sources/files/read-csv.ts';
import { prepareDataDir } from '../store/data-dir.ts';
import { createAccount, listAccounts, SANDBOX_ACCOUNT } from '../store/listening/accounts.ts';
import { parseWords } from './arguments.ts';
import type { Command, CommandParts } from './command.ts';
import { requireOwnFolder } from './local-only.ts';
import { runHere } from './local-run.ts';
import { waitServed } from './wait-served.ts';

export const importCommand: Command = {
  run: importFiles,
};

/** Looks at every file before anything is landed, so that a wrong name costs nothing. */
async function importFiles(parts: CommandParts): Promise<number> {
  const { positionals, values } = parseWords(parts.words, Infinity, {
    account: { type: 'string' },
    force: { type: 'boolean' },
  });
  if (positionals.length === 0) {
    throw new InvalidInputError(
      'import names no file; at least one CSV file or data export is expected, e.g. "groovelake import spotify_songs.csv".',
      { field: 'files', expected: 'at least one file' },
    );
  }
  await requireOwnFolder(parts.config, 'import', sayHow(positionals));
  const files: string[] = [];
  const exports: string[] = [];
  for (const path of positionals.map((name) => resolve(name))) {
    const isExport = await looksLikeExport(path);
    parts.terminal.line(
      `${path}: ${isExport ? await describeExport(parts, path) : await describeDataset(parts, path)}`,
    );
    (isExport ? exports : files).push(path);
  }
  if (values.force && files.length === 0) {
    throw new InvalidInputError(
      '--force is given with data exports alone; a CSV file is expected. Leave it out: of an export only what is new is taken.',
      { field: 'force', expected: 'a CSV file' },
    );
  }
  const show = (report: string[]) => {
    for (const line of report) parts.terminal.line(`  ${line}`);
  };
  const codes: number[] = [];
  if (files.length > 0)
    codes.push(await runHere(parts, 'IMPORT', values.force ? { files, force: true } : { files }, show));
  if (exports.length > 0) {
    const named = values.account === undefined ? null : String(values.account);
    const account = await chooseAccount(parts.config.dataDir, named);
    codes.push(await runHere(parts, 'HISTORY', { exports, account }, show));
  }
  await waitServed(parts);
  return Math.max(...codes);
}

/** A server takes files from its inbox alone. */
function sayHow(paths: readonly string[]): string {
  const names = JSON.stringify(paths.map((path) => basename(path)));
  return (
    `Put what is to be imported into the folder "inbox" of its data folder, and ask it for triggerPipeline(input: { pipeline: IMPORT, parameters: { files: ${names} } }); ` +
    `of a data export: { pipeline: HISTORY, parameters: { account: "ID", exports: ${names} } }.`
  );
}

/** Chosen here and not by the run: whoever sits at this machine may be told whose accounts there are, a reader of runs may not. */
async function chooseAccount(dataDir: string, named: string | null): Promise<string> {
  await prepareDataDir(dataDir);
  const accounts = (await listAccounts(dataDir)).filter(({ id }) => id !== SANDBOX_ACCOUNT);
  const [only] = accounts;
  if (named !== null) {
    if (named === SANDBOX_ACCOUNT || accounts.some(({ id }) => id === named)) return named;
    throw new NotFoundError('account', named, {
      hint: '"groovelake accounts" lists them, "groovelake accounts create NAME" makes one.',
    });
  }
  if (!only) {
    const created = { spotifyAccountId: null, displayName: '', createdAt: systemClock.now() };
    return (await createAccount(dataDir, { id: systemRandomness.hex(6), ...created })).id;
  }
  if (accounts.length === 1) return only.id;
  const known = accounts
    .map(({ id, displayName }) => (displayName ? `${id} (${displayName})` : id))
    .join(', ');
  throw new InvalidInputError(
    `No account is named, and there are several; one of ${known} is expected. Name it with --account.`,
    { field: 'account', expected: known },
  );
}

async function describeDataset({ config }: CommandParts, path: string): Promise<string> {
  return (await openCsv(path, { maxLineBytes: config.importMaxLineBytes })).dataset.title;
}

async function describeExport({ config }: CommandParts, path: string): Promise<string> {
  const found = await openListeningExport(path, exportLimits(config));
  found.close();
  return found.title;
}
