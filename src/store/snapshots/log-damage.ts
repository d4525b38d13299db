// Looks whether the Delta logs say what a snapshot is, without changing anything: what is served does not need them, other readers do.
import { join } from 'node:path';
import type { CheckpointAction, CheckpointStore } from './delta-checkpoint.ts';
import { encodePath, isCheckpoint, isEntry, nameOf, versionOf } from './delta-names.ts';
import { isOfMachine, parseActions } from './delta-state.ts';
import { type Files, isMissing, localFiles } from './files.ts';
import type { Manifest, ManifestRelation } from './manifest.ts';

export interface LogDamage {
  /** Tables that other programs cannot read, with what stops them: "gold.tracks: version 3 is missing". */
  readonly damaged: readonly string[];
  /** Tables that they can read, of which their newest version holds other files than the snapshot: gold.tracks, ... */
  readonly elsewhere: readonly string[];
}

/**
 * Reads the logs of a snapshot's tables as other programs do: from the newest checkpoint, or version 0, up to the newest entry there is.
 * Which version the snapshot names is not asked: a log that began anew counts from 0 again, and one of a rollback goes on above it.
 *
 * @throws what keeps the machine from reading, such as EACCES
 */
export async function findLogDamage(
  dataDir: string,
  { relations }: Pick<Manifest, 'relations'>,
  checkpoints: Pick<CheckpointStore, 'read'>,
  files: Files = localFiles,
): Promise<LogDamage> {
  const damaged: string[] = [];
  const elsewhere: string[] = [];
  for (const relation of relations) {
    const name = `${relation.layer}.${relation.name}`;
    const active = await readActive(
      join(dataDir, relation.layer, relation.name, '_delta_log'),
      checkpoints,
      files,
    );
    if (typeof active === 'string') damaged.push(`${name}: ${active}`);
    else if (!isSame(active, relation)) elsewhere.push(name);
  }
  return { damaged, elsewhere };
}

/** The paths of a table's newest version; or what keeps readers from it. */
async function readActive(
  log: string,
  checkpoints: Pick<CheckpointStore, 'read'>,
  files: Files,
): Promise<ReadonlySet<string> | string> {
  const active = new Set<string>();
  const apply = ({ add, remove }: CheckpointAction) => {
    if (add) active.add(add.path);
    if (remove) active.delete(remove.path);
  };
  const names = await files.list(log);
  const newestOf = (isOne: (name: string) => boolean) =>
    Math.max(-1, ...names.filter(isOne).map((each) => versionOf(each) ?? -1));
  const start = newestOf(isCheckpoint);
  if (start >= 0) {
    try {
      for (const action of await checkpoints.read(log, start)) apply(action);
    } catch (error) {
      if (isOfMachine(error)) throw error;
      return `checkpoint ${start} cannot be read`;
    }
  }
  // A log without a file lacks its first entry.
  const newest = Math.max(newestOf(isEntry), start, 0);
  for (let version = start + 1; version <= newest; version++) {
    const text = await files.read(join(log, nameOf(version))).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (text === null) return `version ${version} is missing`;
    const actions = parseActions(text);
    if (actions === null) return `version ${version} cannot be read`;
    for (const action of actions) apply(action);
  }
  return active;
}

function isSame(active: ReadonlySet<string>, { layer, name, files }: ManifestRelation): boolean {
  return (
    active.size === files.length &&
    files.every(({ path }) => active.has(encodePath(`${layer}/${name}`, path)))
  );
}
