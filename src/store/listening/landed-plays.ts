// The plays of an export as they landed: Parquet files beside the account's SQLite file, written as the export is read. (A million rows in
// SQLite took seven minutes on a busy machine, most of it in its index of keys; appended and written as Parquet they take seconds.)
import { join } from 'node:path';
import { type DuckDb, quoteText } from '../duckdb.ts';
import { type Files, makeFolderDurably } from '../snapshots/files.ts';
import {
  type LandedPlay,
  PLAY_COLUMNS,
  type PlayBatch,
  type PlayColumn,
  toPlayValues,
} from './listening-file.ts';

export interface PlayWriter {
  /** Takes plays in any number; cheap, and what is held in memory is bounded. */
  add(plays: readonly LandedPlay[]): Promise<void>;
  /** Names of the files, relative to the account's folder. They are durable, and nobody's until the batch that names them is sealed. */
  finish(): Promise<string[]>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

const PART_ROWS = 200_000;
const WHOLE_NUMBERS: readonly PlayColumn[] = [
  'ended_at',
  'ms_played',
  'is_shuffle',
  'is_skipped',
  'is_offline',
  'is_incognito',
];

/** Column definitions of a table of landed plays. */
export const LANDED_COLUMNS = PLAY_COLUMNS.map(
  (name) => `${name} ${WHOLE_NUMBERS.includes(name) ? 'bigint' : 'varchar'}`,
).join(', ');

/** @param db of its own, in memory @param folder of the account */
export async function createPlayWriter(
  db: DuckDb,
  files: Files,
  { folder, batchId }: { folder: string; batchId: string },
): Promise<PlayWriter> {
  const landed = join(folder, 'landed');
  await makeFolderDurably(files, landed);
  await db.run(`create table part (${LANDED_COLUMNS})`);
  const names: string[] = [];
  let rows = 0;
  const write = async () => {
    if (rows === 0) return;
    const name = `landed/${batchId}-${String(names.length).padStart(4, '0')}.parquet`;
    names.push(name);
    const temporary = join(folder, `${name}.part`);
    await db.run(`copy part to ${quoteText(temporary)} (format parquet, compression zstd)`);
    await files.syncFile(temporary);
    await files.rename(temporary, join(folder, name));
    await db.run('delete from part');
    rows = 0;
  };
  return {
    add: async (plays) => {
      await db.append(
        'part',
        plays.map((play) => toPlayValues(batchId, play)),
      );
      rows += plays.length;
      if (rows >= PART_ROWS) await write();
    },
    finish: async () => {
      await write();
      await files.syncFolder(landed);
      await db.run('drop table part');
      return names;
    },
    discard: async () => {
      for (const name of await files.list(landed))
        if (name.startsWith(`${batchId}-`)) await files.remove(join(landed, name));
      await db.run('drop table if exists part');
    },
  };
}

/** Removes what a writer left that died before its batch was sealed: somebody's plays that no batch names. @param sealed all sealed batches */
export async function removeStrays(
  files: Files,
  folder: string,
  sealed: readonly PlayBatch[],
): Promise<void> {
  const named = new Set(sealed.flatMap((batch) => batch.files));
  const landed = join(folder, 'landed');
  for (const name of await files.list(landed))
    if (!named.has(`landed/${name}`)) await files.remove(join(landed, name));
}
