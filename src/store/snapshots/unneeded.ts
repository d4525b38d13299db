// Files of the layers that no kept snapshot needs, and since when.
import { join } from 'node:path';
import { isCheckpoint, isEntry, versionOf } from './delta-names.ts';
import { parseActions } from './delta-state.ts';
import { type Files, TEMPORARY } from './files.ts';
import { LAYER_FOLDERS, type Manifest } from './manifest.ts';

export interface Unneeded {
  /** Relative to the data folder; a file or a folder. */
  readonly path: string;
  /** Milliseconds since 1970; null: since it was written. */
  readonly since: number | null;
}

/** A snapshot that newer ones pushed out, or a manifest that never was one. */
export interface PushedOut {
  readonly id: string;
  /** Null where it cannot be read. */
  readonly manifest: Manifest | null;
  /** When it was needed last, in milliseconds since 1970; null: when it was written. */
  readonly since: number | null;
}

export interface SnapshotsAtHand {
  readonly kept: readonly Manifest[];
  readonly pushedOut: readonly PushedOut[];
  /** Those of them whose grace is not over. */
  readonly waiting: readonly Manifest[];
}

export async function listUnneeded(
  files: Files,
  dataDir: string,
  { kept, waiting, pushedOut }: SnapshotsAtHand,
): Promise<Unneeded[]> {
  const named = new Set(kept.flatMap(listPaths));
  const since = new Map<string, number>();
  for (const { manifest, since: at } of pushedOut) {
    if (!manifest || at === null) continue;
    for (const path of listPaths(manifest)) since.set(path, Math.max(at, since.get(path) ?? 0));
  }
  const toUnneeded = (path: string): Unneeded => ({ path, since: since.get(path) ?? null });
  const unneeded = pushedOut.map(({ id, since: at }) => ({ path: `snapshots/${id}.json`, since: at }));
  for (const layer of LAYER_FOLDERS) {
    for (const relation of await files.list(join(dataDir, layer))) {
      const folder = `${layer}/${relation}`;
      const versions = findVersions(folder, kept);
      const readable = [...versions, ...findVersions(folder, waiting)];
      const log = `${folder}/_delta_log`;
      const names = await files.list(join(dataDir, log));
      const ahead = await listAhead(files, join(dataDir, log), names, Math.max(...versions));
      for (const name of await files.list(join(dataDir, folder))) {
        const path = `${folder}/${name}`;
        if (name !== '_delta_log') {
          if (!named.has(path) && !ahead.has(encodeURIComponent(name))) unneeded.push(toUnneeded(path));
          // A table that no kept snapshot has is no table any more.
        } else if (readable.length === 0) unneeded.push({ path, since: null });
        else unneeded.push(...listOldEntries(log, names, Math.min(...readable)));
      }
    }
  }
  for (const id of await files.list(join(dataDir, 'artifacts'))) {
    const isNamed = [...named].some((path) => path.startsWith(`artifacts/${id}/`));
    const times = [...since].filter(([path]) => path.startsWith(`artifacts/${id}/`)).map(([, at]) => at);
    if (!isNamed) unneeded.push({ path: `artifacts/${id}`, since: times.length ? Math.max(...times) : null });
  }
  return unneeded;
}

function findVersions(folder: string, manifests: readonly Manifest[]): number[] {
  const relations = manifests.flatMap((manifest) => manifest.relations);
  return relations.filter((each) => `${each.layer}/${each.name}` === folder).map((each) => each.deltaVersion);
}

function listPaths({ relations, artifacts }: Manifest): string[] {
  return [...relations, ...artifacts].flatMap((part) => part.files.map(({ path }) => path));
}

/**
 * Files, as the log names them, that versions newer than those of every kept snapshot leave in the table. Whoever wrote these died, or was
 * overtaken, before CURRENT moved; until a publish puts the table right its readers find them named.
 */
async function listAhead(
  files: Files,
  log: string,
  names: readonly string[],
  newestKept: number,
): Promise<ReadonlySet<string>> {
  const left = new Set<string>();
  if (newestKept < 0) return left;
  for (const name of names) {
    if (!isEntry(name) || (versionOf(name) ?? 0) <= newestKept) continue;
    for (const { add, remove } of parseActions(await files.read(join(log, name))) ?? []) {
      if (remove) left.delete(remove.path);
      if (add) left.add(add.path);
    }
  }
  return left;
}

/** Entries of a Delta log before the last checkpoint from which a version and all after it can be read. */
function listOldEntries(log: string, names: readonly string[], oldest: number): Unneeded[] {
  const starts = names.filter(isCheckpoint).flatMap((name) => versionOf(name) ?? []);
  const start = Math.max(-1, ...starts.filter((version) => version <= oldest));
  return names
    .filter((name) => name.endsWith(TEMPORARY) || (versionOf(name) ?? start) < start)
    .map((name) => ({ path: `${log}/${name}`, since: null }));
}
