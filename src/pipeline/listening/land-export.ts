// Lands the plays of one personal data export, in one batch. Which of them are duplicates is found when they are merged (step listening).
import { basename } from 'node:path';
import { InvalidInputError } from '../../errors.ts';
import { type ListeningExport, openListeningExport, readRows } from '../../sources/exports/read-export.ts';
import type { Play } from '../../sources/exports/to-play.ts';
import type { DuckDb } from '../../store/duckdb.ts';
import { type ExportNote, readExportNote } from '../../store/listening/export-reports.ts';
import { createPlayWriter, type PlayWriter, removeStrays } from '../../store/listening/landed-plays.ts';
import type { ListeningFile } from '../../store/listening/listening-file.ts';
import { isOwner, keepOwner } from '../../store/listening/owner.ts';
import { localFiles } from '../../store/snapshots/files.ts';
import type { StepContext } from '../step.ts';
import { type ExportTally, emptyTally, tallyRow } from './export-tally.ts';
import { exportLimits } from './named-exports.ts';

/** Where plays of an account land. */
export interface Landing {
  readonly listening: ListeningFile;
  /** Of the account. */
  readonly folder: string;
  readonly db: DuckDb;
}

const GROUP_PLAYS = 5_000;

/**
 * Lands an export, or answers with what landed when an earlier attempt of the run has sealed the batch.
 *
 * @throws InvalidInputError for an export of two people, or of another than those before it, of which nothing then stays
 */
export async function landExport(
  context: StepContext,
  { listening, folder, db }: Landing,
  path: string,
  batchId: string,
): Promise<ExportNote> {
  const { config, run, clock } = context;
  const batches = listening.listBatches().filter(({ sealedAt }) => sealedAt !== null);
  const landed = batches.find(({ id }) => id === batchId);
  if (landed) return readExportNote(landed);
  await removeStrays(localFiles, folder, batches);
  const found = await openListeningExport(path, exportLimits(config));
  const tally = emptyTally(basename(path));
  const writer = await createPlayWriter(db, localFiles, { folder, batchId });
  try {
    context.event('INFO', 'plays.recognised', `"${basename(path)}" is a ${found.title}`, {
      bytes: found.bytes,
    });
    listening.openBatch({ id: batchId, origin: 'EXPORT', runId: run.id, openedAt: clock.now() });
    await landRows(context, { listening, writer }, found, tally);
    const { users, ...note } = tally;
    for (const user of users) keepOwner(listening, user, context.random);
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
  { listening, writer }: { listening: ListeningFile; writer: PlayWriter },
  found: ListeningExport,
  tally: ExportTally,
): Promise<void> {
  const { config, clock, signal } = context;
  let bytes = 0;
  let seen: string | null = null;
  for (const file of found.files) {
    let group: Play[] = [];
    for await (const row of readRows(file, { maxRowBytes: config.importMaxLineBytes, now: clock.now() })) {
      tallyRow(tally, row, file.name);
      if ('user' in row && row.user !== seen) {
        seen = row.user ?? seen;
        refuseOthers(tally, listening, found.path);
      }
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

const HOW_TO_PART =
  'Make an account for each ("groovelake accounts create NAME"), and import with --account ID.';

function refuseOthers({ users }: ExportTally, listening: ListeningFile, path: string): void {
  const about = { field: 'exports', given: path, expected: "one person's export" };
  const name = basename(path);
  if (users.size > 1)
    throw new InvalidInputError(
      `"${name}" mixes the exports of two people (its rows name two users); one person's export is expected. ${HOW_TO_PART}`,
      about,
    );
  for (const user of users)
    if (!isOwner(listening, user))
      throw new InvalidInputError(
        `"${name}" is the export of another user than the account's exports so far; one person's exports are expected. ${HOW_TO_PART}`,
        about,
      );
}
