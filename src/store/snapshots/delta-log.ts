// Keeps each relation's folder a valid Delta Lake table (protocol reader 1, writer 2), so that Spark, Trino, Polars and DuckDB's
// delta extension read it as it is. Readers of the table see its newest commit; our own server reads what the manifest names.
// Format: https://github.com/delta-io/delta/blob/master/PROTOCOL.md
import { join } from 'node:path';
import { SnapshotError } from '../../errors.ts';
import type { Files } from './files.ts';
import type { ManifestColumn, ManifestFile } from './manifest.ts';

export interface DeltaTable {
  readonly files: readonly Pick<ManifestFile, 'path' | 'bytes' | 'rows'>[];
  readonly columns: readonly ManifestColumn[];
}

export interface DeltaCommit {
  /** The table's folder, absolute. */
  readonly folder: string;
  /** Stays the table's id for good. */
  readonly tableId: string;
  readonly table: DeltaTable;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly snapshotId: string;
}

/**
 * Makes the newest version of the table hold exactly these files, and answers with that version. Writes nothing when it does
 * already; takes the next version when a candidate that died before its publish left one behind.
 */
export async function commitDelta(files: Files, commit: DeltaCommit): Promise<number> {
  const log = join(commit.folder, '_delta_log');
  await files.makeFolder(log);
  const state = await readLog(files, log);
  const wanted = new Map(commit.table.files.map((file) => [encodeURI(baseName(file.path)), file]));
  const schema = toSchemaString(commit.table.columns);
  const added = [...wanted].filter(([path]) => !state.active.has(path));
  const removed = [...state.active].filter(([path]) => !wanted.has(path));
  if (state.version >= 0 && added.length === 0 && removed.length === 0 && state.schema === schema)
    return state.version;
  const version = state.version + 1;
  const actions = [
    {
      commitInfo: {
        timestamp: commit.at,
        operation: 'WRITE',
        operationParameters: { mode: 'Overwrite' },
        engineInfo: 'Groovelake',
        txnId: commit.snapshotId,
      },
    },
    ...(version === 0 ? [{ protocol: { minReaderVersion: 1, minWriterVersion: 2 } }] : []),
    ...(state.schema === schema ? [] : [{ metaData: toMetaData(commit, schema) }]),
    ...removed.map(([path, bytes]) => ({
      remove: {
        path,
        deletionTimestamp: commit.at,
        dataChange: true,
        extendedFileMetadata: true,
        partitionValues: {},
        size: bytes,
      },
    })),
    ...added.map(([path, file]) => ({
      add: {
        path,
        partitionValues: {},
        size: file.bytes,
        modificationTime: commit.at,
        dataChange: true,
        stats: JSON.stringify({ numRecords: file.rows }),
      },
    })),
  ];
  const name = join(log, `${String(version).padStart(20, '0')}.json`);
  await files.createDurably(name, `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`);
  await files.syncFolder(log);
  return version;
}

interface LogState {
  /** -1 for a table without a commit. */
  readonly version: number;
  readonly schema: string | null;
  /** Bytes by encoded path. */
  readonly active: ReadonlyMap<string, number>;
}

async function readLog(files: Files, log: string): Promise<LogState> {
  const names = (await files.list(log)).filter((name) => /^\d{20}\.json$/.test(name));
  const active = new Map<string, number>();
  let schema: string | null = null;
  for (const name of names) {
    for (const line of (await files.read(join(log, name))).split('\n').filter(Boolean)) {
      const action = JSON.parse(line) as {
        add?: { path: string; size: number };
        remove?: { path: string };
        metaData?: { schemaString: string };
      };
      if (action.add) active.set(action.add.path, action.add.size);
      if (action.remove) active.delete(action.remove.path);
      if (action.metaData) schema = action.metaData.schemaString;
    }
  }
  const last = names.at(-1);
  return { version: last ? Number(last.slice(0, 20)) : -1, schema, active };
}

function toMetaData(commit: DeltaCommit, schemaString: string) {
  return {
    id: commit.tableId,
    format: { provider: 'parquet', options: {} },
    schemaString,
    partitionColumns: [],
    configuration: {},
    createdTime: commit.at,
  };
}

/** The columns as Delta's schema, in JSON. @throws SnapshotError for a type that Delta does not have */
export function toSchemaString(columns: readonly ManifestColumn[]): string {
  return JSON.stringify(toStruct(columns));
}

interface DeltaStruct {
  readonly type: 'struct';
  readonly fields: readonly { name: string; type: DeltaType; nullable: true; metadata: object }[];
}
type DeltaType = string | DeltaStruct | { type: 'array'; elementType: DeltaType; containsNull: true };

const SIMPLE: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  INTEGER: 'integer',
  BIGINT: 'long',
  SMALLINT: 'short',
  TINYINT: 'byte',
  DOUBLE: 'double',
  FLOAT: 'float',
  BOOLEAN: 'boolean',
  DATE: 'date',
  BLOB: 'binary',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
};

function toStruct(columns: readonly ManifestColumn[]): DeltaStruct {
  return {
    type: 'struct',
    fields: columns.map(({ name, type }) => ({
      name,
      type: toDeltaType(type),
      nullable: true,
      metadata: {},
    })),
  };
}

function toDeltaType(type: string): DeltaType {
  if (type.endsWith('[]'))
    return { type: 'array', elementType: toDeltaType(type.slice(0, -2)), containsNull: true };
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(type);
  if (decimal) return `decimal(${decimal[1]},${decimal[2]})`;
  const struct = /^STRUCT\((.*)\)$/s.exec(type);
  if (struct?.[1]) return toStruct(splitFields(struct[1]));
  const simple = SIMPLE[type];
  if (simple) return simple;
  throw new SnapshotError(
    `Delta Lake has no type for "${type}"; cast the column to one of ${Object.keys(SIMPLE).join(', ')}.`,
  );
}

/** The fields of a STRUCT's text: `url VARCHAR, width INTEGER`, with names quoted where they must be. */
function splitFields(text: string): ManifestColumn[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    if (char === ')') depth -= 1;
    if (char === ',' && depth === 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part].map((field) => {
    const match = /^\s*(?:"((?:[^"]|"")*)"|(\S+))\s+(.*)$/s.exec(field);
    return { name: (match?.[1] ?? match?.[2] ?? '').replaceAll('""', '"'), type: (match?.[3] ?? '').trim() };
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
