// What a Delta log says: read from its newest checkpoint on, so that it costs the same however old the table is.
import { join } from 'node:path';
import { isDiskFull, isGroovelakeError, isRefused, messageOf, SnapshotError } from '../../errors.ts';
import type { CheckpointStore } from './delta-checkpoint.ts';
import { isCheckpoint, isEntry, nameOf, versionOf } from './delta-names.ts';
import type { Files } from './files.ts';

export interface DeltaAdd {
  /** Relative to the table, percent-encoded. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, never>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON */
  readonly stats: string;
}

export interface DeltaRemove {
  readonly path: string;
  readonly deletionTimestamp: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata: boolean;
  readonly partitionValues: Readonly<Record<string, never>>;
  readonly size: number;
}

export interface DeltaMetaData {
  readonly id: string;
  readonly description?: string | null;
  readonly format: { readonly provider: string; readonly options: object };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: object;
  readonly createdTime: number;
}

export interface DeltaProtocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
}

export interface DeltaState {
  /** -1 for a table without a commit. */
  readonly version: number;
  /** Version of the newest checkpoint that can be read; -1 for none. */
  readonly checkpoint: number;
  /** Versions of newer checkpoints. */
  readonly unreadable: readonly number[];
  readonly protocol: DeltaProtocol | null;
  readonly metaData: DeltaMetaData | null;
  /** The files of the newest version, by path. */
  readonly active: ReadonlyMap<string, DeltaAdd>;
  /** Files that were removed, by path. */
  readonly removed: ReadonlyMap<string, DeltaRemove>;
  /** Every file that the log has spoken of since the checkpoint, by path. */
  readonly known: ReadonlyMap<string, DeltaAdd>;
}

interface Action {
  readonly add?: DeltaAdd;
  readonly remove?: DeltaRemove;
  readonly metaData?: DeltaMetaData;
  readonly protocol?: DeltaProtocol;
}

/**
 * Reads the log of a table. A newest entry that cannot be read and that no manifest names is what a dying writer left: it is removed. A
 * checkpoint that cannot be read is passed over while the entries it was made of are there.
 *
 * @param published the newest version that a manifest names; -1 for none
 * @throws SnapshotError for a log that is damaged where it matters, or that has a gap
 */
export async function readDeltaState(
  files: Files,
  checkpoints: CheckpointStore,
  log: string,
  published: number,
): Promise<DeltaState> {
  const names = await files.list(log);
  const versions = names.filter(isEntry).map((name) => versionOf(name) ?? 0);
  const starts = names.filter(isCheckpoint).map((name) => versionOf(name) ?? 0);
  const state = await readStart(checkpoints, log, { versions, starts });
  for (const version of versions.filter((each) => each > state.checkpoint)) {
    if (version !== state.version + 1) throw damaged(log, `version ${state.version + 1} is missing`);
    const path = join(log, nameOf(version));
    const actions = parseActions(await files.read(path));
    if (actions === null) {
      const isLast = version === versions.at(-1);
      if (!isLast || version <= published) throw damaged(log, `version ${version} cannot be read`);
      await files.remove(path);
      break;
    }
    for (const action of actions) state.apply(action);
    state.version = version;
  }
  return state;
}

/** The newest checkpoint that can be read, or the begin of the log, as long as every entry is there from it on. */
async function readStart(
  checkpoints: CheckpointStore,
  log: string,
  { versions, starts }: { versions: readonly number[]; starts: readonly number[] },
): Promise<ReadState> {
  const unreadable: number[] = [];
  for (const [at, start] of [...starts].reverse().entries()) {
    try {
      const state = new ReadState(start, unreadable);
      for (const action of await checkpoints.read(log, start)) state.apply(action);
      if (state.protocol && state.metaData) return state;
      throw new Error('it has no schema');
    } catch (error) {
      if (isOfMachine(error)) throw error;
      const older = starts.at(-at - 2) ?? -1;
      const entries = versions.filter((version) => version > older && version <= start);
      if (entries.length < start - older) {
        // Flipped bits may ask for any amount; as well there may be none left.
        if (isGroovelakeError(error) && error.code === 'OUT_OF_MEMORY') throw error;
        throw damaged(log, `checkpoint ${start} cannot be read`, error);
      }
      unreadable.push(start);
    }
  }
  return new ReadState(-1, unreadable);
}

/** Whether the machine kept a file from being read, which says nothing about what is in it. The engine gives no codes. */
export function isOfMachine(error: unknown): boolean {
  const text = messageOf(error);
  const isKept = /too many open files|file table overflow|permission denied/i.test(text);
  return isKept || isDiskFull(error) || isRefused(error);
}

class ReadState implements DeltaState {
  version: number;
  readonly checkpoint: number;
  readonly unreadable: readonly number[];
  protocol: DeltaProtocol | null = null;
  metaData: DeltaMetaData | null = null;
  readonly active = new Map<string, DeltaAdd>();
  readonly removed = new Map<string, DeltaRemove>();
  readonly known = new Map<string, DeltaAdd>();

  constructor(checkpoint: number, unreadable: readonly number[]) {
    this.checkpoint = checkpoint;
    this.version = checkpoint;
    this.unreadable = unreadable;
  }

  apply({ add, remove, metaData, protocol }: Action): void {
    if (add) {
      this.active.set(add.path, add);
      this.known.set(add.path, add);
      this.removed.delete(add.path);
    }
    if (remove) {
      this.active.delete(remove.path);
      this.removed.set(remove.path, remove);
    }
    if (metaData) this.metaData = metaData;
    if (protocol) this.protocol = protocol;
  }
}

/** What an entry says; null for one that is not whole. */
export function parseActions(text: string): Action[] | null {
  if (!text.endsWith('\n')) return null;
  try {
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Action);
  } catch {
    return null;
  }
}

function damaged(log: string, what: string, cause?: unknown): SnapshotError {
  return new SnapshotError(
    `The Delta log of "${log.split('/').slice(-3, -1).join('/')}" is damaged: ${what}. ` +
      'Move its folder _delta_log away; the next publish begins it anew. What is served is not touched by it.',
    { cause },
  );
}
