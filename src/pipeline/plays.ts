// Step plays: lands the plays of personal data exports in the folder of their account, one batch per export. Which of them are duplicates
// is found when they are merged (step listening); importing an export again changes nothing.
import { basename, isAbsolute } from 'node:path';
import { InvalidInputError } from '../errors.ts';
import { type ListeningExport, openExport, readRows } from '../sources/exports/read-export.ts';
import type { Play } from '../sources/exports/to-play.ts';
import type { DuckDb } from '../store/duckdb.ts';
import { resolveInboxFiles } from '../store/landing/inbox.ts';
import { listeningFolder, openAccount } from '../store/listening/accounts.ts';
import { createPlayWriter, type PlayWriter } from '../store/listening/landed-plays.ts';
import type { ListeningFile } from '../store/listening/listening-file.ts';
import { localFiles } from '../store/snapshots/files.ts';
import { chooseAccount } from './choose-account.ts';
import { type ExportTally, emptyTally, tallyRow } from './export-tally.ts';
import { openListeningDb } from './listening-db.ts';
import type { Step, StepContext } from './step.ts';

const GROUP_PLAYS = 5_000;

export const playsStep: Step = {
  name: 'plays',
  run: async (context) => {
    const paths = await findPaths(context);
    const account = await chooseAccount(context);
    context.scope.set('account', account);
    const listening = await openAccount(context.config.dataDir, account.id);
    const folder = listeningFolder(context.config.dataDir, account.id);
    const db = await openListeningDb(context, folder);
    try {
      const tallies: ExportTally[] = [];
      for (const [at, path] of paths.entries())
        tallies.push(
          await landExport(context, { listening, folder, db }, path, `export-${context.run.id}-${at}`),
        );
      const sum = (pick: (tally: ExportTally) => number) =>
        tallies.reduce((total, tally) => total + pick(tally), 0);
      return {
        rowsIn: sum(({ rows }) => rows),
        rowsOut: sum(({ plays }) => plays),
        rowsRejected: sum(({ rejected }) => rejected),
      };
    } finally {
      listening.close();
      await db.close();
    }
  },
};

interface Landing {
  readonly listening: ListeningFile;
  /** Of the account. */
  readonly folder: string;
  readonly db: DuckDb;
}

/** The command line names exports by absolute paths, the API by names within the inbox. */
async function findPaths({ run, config }: StepContext): Promise<string[]> {
  const names = run.parameters.exports;
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string')) {
    throw new InvalidInputError(
      `exports is ${JSON.stringify(names)}; a list of folders, ZIP or JSON files is expected. Name at least one.`,
      { field: 'exports', expected: 'a list of paths' },
    );
  }
  const isFree = run.trigger === 'CLI' || run.trigger === 'RETRY' || run.trigger === 'BOOT';
  return isFree && names.every(isAbsolute) ? names : resolveInboxFiles(config.dataDir, names);
}

/** @throws InvalidInputError for an export of two people, of which nothing then stays */
async function landExport(
  context: StepContext,
  { listening, folder, db }: Landing,
  path: string,
  batchId: string,
): Promise<ExportTally> {
  const { config, run, clock } = context;
  const found = await openExport(path, {
    maxBytes: config.exportMaxBytes,
    maxEntries: config.exportMaxFiles,
    maxRowBytes: config.importMaxLineBytes,
  });
  const tally = emptyTally(basename(path));
  const writer = await createPlayWriter(db, localFiles, { folder, batchId });
  try {
    context.event('INFO', 'plays.recognised', `"${basename(path)}" is a ${found.title}`, {
      bytes: found.bytes,
    });
    listening.openBatch({ id: batchId, origin: 'EXPORT', runId: run.id, openedAt: clock.now() });
    await landRows(context, writer, found, tally);
    const { users: _, ...note } = tally;
    listening.sealBatch(batchId, { at: clock.now(), files: await writer.finish(), note });
    return tally;
  } catch (error) {
    await writer.discard();
    listening.discardBatch(batchId);
    throw error;
  } finally {
    found.close();
  }
}

async function landRows(
  context: StepContext,
  writer: PlayWriter,
  found: ListeningExport,
  tally: ExportTally,
): Promise<void> {
  const { config, clock, signal } = context;
  let bytes = 0;
  for (const file of found.files) {
    let group: Play[] = [];
    for await (const row of readRows(file, { maxRowBytes: config.importMaxLineBytes, now: clock.now() })) {
      tallyRow(tally, row, file.name);
      refuseTwoPeople(tally, found.path);
      if (row.kind === 'PLAY') group.push(row.play);
      if (group.length < GROUP_PLAYS) continue;
      await writer.add(group);
      group = [];
      signal.throwIfAborted();
      context.progress(bytes, found.bytes, `${file.name}: ${tally.rows} rows`);
    }
    await writer.add(group);
    bytes += file.bytes;
  }
}

function refuseTwoPeople({ users }: ExportTally, path: string): void {
  if (users.size < 2) return;
  throw new InvalidInputError(
    `"${path}" mixes the exports of two people (its rows name two users); one person's export is expected. ` +
      'Import each under an account of their own.',
    { field: 'exports', given: path, expected: "one person's export" },
  );
}
