// Keeps each relation's folder a valid Delta Lake table (protocol reader 1, writer 2), so that Spark, Trino, Polars and DuckDB's
// delta extension read it as it is. Readers of the table see its newest commit; our own server reads what the manifest names.
// Format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md
import { join } from 'node:path';
import { SnapshotError } from '../../errors.ts';
import { type CheckpointStore, isCheckpointDue } from './delta-checkpoint.ts';
import { encodePath, nameOf, nameOfCheckpoint } from './delta-names.ts';
import { toSchemaString } from './delta-schema.ts';
import { type DeltaAdd, type DeltaMetaData, type DeltaState, readDeltaState } from './delta-state.ts';
import { countOnly, replaceStats } from './delta-stats.ts';
import type { DescribedRelation } from './dictionary.ts';
import { createDurably, type Files, isTaken, makeFolderDurably } from './files.ts';
import type { ManifestFile } from './manifest.ts';
import type { PatchedFile } from './relation-writer.ts';

export interface DeltaTable extends DescribedRelation {
  readonly files: readonly Pick<ManifestFile, 'path' | 'bytes' | 'rows'>[];
}

export interface DeltaCommit {
  /** The table's folder, absolute. */
  readonly folder: string;
  /** The same, as the paths of files begin: gold/tracks */
  readonly relation: string;
  /** Stays the table's id for good. */
  readonly tableId: string;
  readonly table: DeltaTable;
  /** Statistics of new files as JSON, by path. */
  readonly stats: ReadonlyMap<string, string>;
  /** Files that are others of the table but for some columns, by path; their statistics are of these. */
  readonly patches: ReadonlyMap<string, PatchedFile>;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly snapshotId: string;
  readonly operation: 'WRITE' | 'RESTORE';
  /** The newest version that a manifest names; -1 for none. What is above it and unreadable died with its writer. */
  readonly published: number;
  /** Called right before an entry or a checkpoint is written; what it throws keeps the table as it is. */
  readonly beforeCommit: () => Promise<void>;
}

/** Others may commit to the table too: a compaction by hand, a rollback. So often it is tried to be next. */
const MAX_TRIES = 5;

/**
 * Makes the newest version of the table hold exactly these files, and answers with that version. Writes nothing when it does
 * already; takes the next version when a candidate that died before its publish left one behind.
 */
export async function commitDelta(
  files: Files,
  checkpoints: CheckpointStore,
  commit: DeltaCommit,
): Promise<number> {
  const log = join(commit.folder, '_delta_log');
  await makeFolderDurably(files, log);
  for (let tries = 1; ; tries++) {
    const state = await readDeltaState(files, checkpoints, log, commit.published);
    const actions = toActions(commit, state);
    if (actions === null) {
      if (state.unreadable.length === 0) return state.version;
      await commit.beforeCommit();
      await writeCheckpoint(files, checkpoints, log, state, commit.at);
      return state.version;
    }
    const version = state.version + 1;
    // After the look at the log: what another has committed since has taken the version.
    await commit.beforeCommit();
    try {
      await createDurably(files, join(log, nameOf(version)), `${actions.map(printAction).join('\n')}\n`);
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (tries < MAX_TRIES) continue;
      throw new SnapshotError(
        `Another writer takes every version of ${commit.relation}: ${MAX_TRIES} tries failed. Stop it, then run the pipeline again.`,
        { cause: error, isRetryable: true },
      );
    }
    if (isCheckpointDue(version, state.checkpoint))
      await writeCheckpoint(
        files,
        checkpoints,
        log,
        await readDeltaState(files, checkpoints, log, version),
        commit.at,
      );
    return version;
  }
}

/** A checkpoint of the state, and none of those that stopped other readers of the table. */
async function writeCheckpoint(
  files: Files,
  checkpoints: CheckpointStore,
  log: string,
  state: DeltaState,
  at: number,
): Promise<void> {
  await checkpoints.write(log, state, at);
  for (const version of state.unreadable)
    if (version !== state.version) await files.remove(join(log, nameOfCheckpoint(version)));
}

function printAction(action: object): string {
  return JSON.stringify(action);
}

/** The actions of the next commit; null when the table is as it should be. */
function toActions(commit: DeltaCommit, state: DeltaState): object[] | null {
  const { at, relation } = commit;
  const wanted = new Map(commit.table.files.map((file) => [encodePath(relation, file.path), file]));
  const metaData = toMetaData(commit, state);
  const added = [...wanted].filter(([path]) => !state.active.has(path));
  const removed = [...state.active.values()].filter(({ path }) => !wanted.has(path));
  const isSaid = saysTheSame(state.metaData, metaData);
  if (state.version >= 0 && added.length === 0 && removed.length === 0 && isSaid) return null;
  return [
    {
      commitInfo: {
        timestamp: at,
        operation: commit.operation,
        operationParameters: commit.operation === 'WRITE' ? { mode: 'Overwrite' } : {},
        isBlindAppend: false,
        engineInfo: 'Groovelake',
        txnId: commit.snapshotId,
      },
    },
    ...(state.protocol ? [] : [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }]),
    ...(isSaid ? [] : [{ metaData }]),
    ...removed.map((add) => ({
      remove: {
        path: add.path,
        deletionTimestamp: at,
        dataChange: true,
        extendedFileMetadata: true,
        partitionValues: {},
        size: add.size,
      },
    })),
    ...added.map(([path, file]) => ({ add: toAdd(path, file, commit, state) })),
  ];
}

function toAdd(
  path: string,
  file: DeltaTable['files'][number],
  { at, relation, stats, patches }: DeltaCommit,
  state: DeltaState,
): DeltaAdd {
  const own = stats.get(file.path);
  const patch = patches.get(file.path);
  const before = patch && state.known.get(encodePath(relation, patch.path))?.stats;
  return {
    path,
    partitionValues: {},
    size: file.bytes,
    modificationTime: at,
    dataChange: true,
    // A file that comes back with a rollback was measured when it was new.
    stats:
      (own && before ? replaceStats(before, patch.columns, own) : own) ??
      state.known.get(path)?.stats ??
      countOnly(file.rows),
  };
}

function toMetaData({ tableId, table, at }: DeltaCommit, { metaData }: DeltaState): DeltaMetaData {
  return {
    id: tableId,
    ...(table.description === null ? {} : { description: table.description }),
    format: { provider: 'parquet', options: {} },
    schemaString: toSchemaString(table.columns),
    partitionColumns: [],
    configuration: {},
    createdTime: metaData?.createdTime ?? at,
  };
}

/** Whether a table's log has these columns already, and says the same of them and of the table. A checkpoint has null for what is not there. */
function saysTheSame(before: DeltaMetaData | null, now: DeltaMetaData): boolean {
  return (
    before?.schemaString === now.schemaString && (before.description ?? null) === (now.description ?? null)
  );
}
