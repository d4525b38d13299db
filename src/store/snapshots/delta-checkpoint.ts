// Checkpoints of a Delta log: the whole state of one version as Parquet, so that readers need not replay every commit.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#checkpoints
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { type DuckDb, openDuckDb, quoteText } from '../duckdb.ts';
import { nameOfCheckpoint } from './delta-names.ts';
import type { DeltaAdd, DeltaMetaData, DeltaProtocol, DeltaRemove, DeltaState } from './delta-state.ts';
import { type Files, replaceDurably, TEMPORARY } from './files.ts';

/** A checkpoint for so many commits: Delta's own default. */
const EVERY = 10;
/** Removed files are spoken of for so long, so that whoever cleans up by the log lets readers finish: Delta's own default. */
const TOMBSTONE_MS = 7 * 24 * 3_600_000;

/** Also when an earlier one was due and could not be written. */
export function isCheckpointDue(version: number, newest: number): boolean {
  return version - Math.max(newest, 0) >= EVERY;
}

export interface CheckpointAction {
  readonly add?: DeltaAdd;
  readonly remove?: DeltaRemove;
  readonly metaData?: DeltaMetaData;
  readonly protocol?: DeltaProtocol;
}

export interface CheckpointStore {
  read(log: string, version: number): Promise<CheckpointAction[]>;
  /** Writes the checkpoint of the state's version, and then the file that points to it. */
  write(log: string, state: DeltaState, at: number): Promise<void>;
  close(): Promise<void>;
}

/** Reads and writes checkpoints by a small engine of its own, which is opened when the first is needed. */
export function createCheckpoints(files: Files, dataDir: string, clock: Clock): CheckpointStore {
  let opening: Promise<DuckDb> | undefined;
  const getDb = () => {
    opening ??= openDuckDb({
      path: ':memory:',
      memoryMb: 128,
      threads: 1,
      maxConnections: 1,
      tempDir: join(dataDir, 'tmp', 'checkpoint'),
      tempMaxMb: 128,
      clock,
    });
    return opening;
  };
  return {
    read: async (log, version) => {
      const db = await getDb();
      const path = quoteText(join(log, nameOfCheckpoint(version)));
      const rows = await db.all<{ action: string }>(
        `select to_json(c)::varchar as action from read_parquet(${path}) c`,
      );
      return rows.map(({ action }) => dropNulls(JSON.parse(action)));
    },
    write: async (log, state, at) => {
      const db = await getDb();
      const actions = toActions(state, at);
      const name = nameOfCheckpoint(state.version);
      const temporary = join(log, `.${name}.${process.pid}${TEMPORARY}`);
      try {
        await db.run(
          `copy (select a.* from (select unnest(from_json(?::json, ${quoteText(JSON.stringify([SHAPE]))})) as a))
           to ${quoteText(temporary)} (format parquet)`,
          [JSON.stringify(actions)],
        );
        await files.syncFile(temporary);
        await files.rename(temporary, join(log, name));
      } catch (error) {
        await files.remove(temporary).catch(() => {});
        throw error;
      }
      await files.syncFolder(log);
      const found = await files.find(join(log, name));
      const pointer = {
        version: state.version,
        size: actions.length,
        sizeInBytes: found?.bytes ?? 0,
        numOfAddFiles: state.active.size,
      };
      await replaceDurably(files, join(log, '_last_checkpoint'), JSON.stringify(pointer));
    },
    close: async () => {
      await (await opening)?.close();
    },
  };
}

const FILE = {
  path: 'VARCHAR',
  partitionValues: 'MAP(VARCHAR, VARCHAR)',
  size: 'BIGINT',
  dataChange: 'BOOLEAN',
};

/** The columns of a checkpoint as types of the engine: one action a row, the other columns null. */
const SHAPE = {
  protocol: { minReaderVersion: 'INTEGER', minWriterVersion: 'INTEGER' },
  metaData: {
    id: 'VARCHAR',
    description: 'VARCHAR',
    format: { provider: 'VARCHAR', options: 'MAP(VARCHAR, VARCHAR)' },
    schemaString: 'VARCHAR',
    partitionColumns: ['VARCHAR'],
    configuration: 'MAP(VARCHAR, VARCHAR)',
    createdTime: 'BIGINT',
  },
  add: { ...FILE, modificationTime: 'BIGINT', stats: 'VARCHAR' },
  remove: { ...FILE, deletionTimestamp: 'BIGINT', extendedFileMetadata: 'BOOLEAN' },
};

function toActions(state: DeltaState, at: number): CheckpointAction[] {
  const removed = [...state.removed.values()].filter(
    ({ deletionTimestamp }) => at - deletionTimestamp < TOMBSTONE_MS,
  );
  return [
    ...(state.protocol ? [{ protocol: state.protocol }] : []),
    ...(state.metaData ? [{ metaData: state.metaData }] : []),
    // What a checkpoint says is no change.
    ...[...state.active.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ...removed.map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ];
}

function dropNulls(action: Record<string, unknown>): CheckpointAction {
  return Object.fromEntries(Object.entries(action).filter(([, value]) => value !== null));
}
