// A disk that forgets: what was not synced is gone after a power cut, names and bytes alike. The real file system does the work; beside
// it runs a model of what is safe.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Files, localFiles } from '../../../src/store/snapshots/files.ts';

/** Bytes as last synced; null: never. A folder has none. */
interface Inode {
  readonly isFolder: boolean;
  synced: Buffer | null;
}

export interface LossyDisk {
  readonly files: Files;
  /** Calls that change something, so far. */
  readonly count: () => number;
  /** Writes what would be there after a power cut now into an empty folder. */
  cutPower(into: string): void;
}

export interface Weakness {
  /** Syncing a file, or a folder, does nothing: what it would be like without. */
  readonly without?: 'syncFile' | 'syncFolder';
  /** The power is cut after so many calls; every later one fails. */
  readonly dieAfter?: number;
}

/** @param dataDir as it is now, all of it safe */
export function createLossyDisk(
  dataDir: string,
  { without, dieAfter = Number.POSITIVE_INFINITY }: Weakness = {},
): LossyDisk {
  const live = new Map<string, Inode>();
  const safe = new Map<string, Inode>();
  for (const path of readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(dataDir, name),
  )) {
    const isFolder = statSync(path).isDirectory();
    const inode = { isFolder, synced: isFolder ? null : readFileSync(path) };
    live.set(path, inode);
    safe.set(path, inode);
  }
  let calls = 0;
  /** What others wrote beside the port is known from its first sync, rename or link on. */
  const find = (path: string, isFolder = false): Inode => {
    const inode = live.get(path) ?? { isFolder, synced: null };
    live.set(path, inode);
    return inode;
  };
  const step = async <T>(work: () => Promise<T>, after: () => void): Promise<T> => {
    if (calls >= dieAfter) throw new Error('the power is off');
    const result = await work();
    calls += 1;
    after();
    return result;
  };
  const forget = (map: Map<string, Inode>, path: string) => {
    for (const name of map.keys()) if (name === path || name.startsWith(`${path}/`)) map.delete(name);
  };
  const files: Files = {
    ...localFiles,
    makeFolder: (path) =>
      step(
        () => localFiles.makeFolder(path),
        () => void find(path, true),
      ),
    write: (path, bytes) =>
      step(
        () => localFiles.write(path, bytes),
        () => {
          const synced = without === 'syncFile' ? null : readFileSync(path);
          live.set(path, { isFolder: false, synced });
        },
      ),
    link: (from, to) =>
      step(
        () => localFiles.link(from, to),
        () => live.set(to, find(from)),
      ),
    rename: (from, to) =>
      step(
        () => localFiles.rename(from, to),
        () => {
          live.set(to, find(from));
          live.delete(from);
        },
      ),
    remove: (path) =>
      step(
        () => localFiles.remove(path),
        () => forget(live, path),
      ),
    syncFile: (path) =>
      step(
        () => localFiles.syncFile(path),
        () => {
          if (without !== 'syncFile') find(path).synced = readFileSync(path);
        },
      ),
    seal: (path) =>
      step(
        () => localFiles.seal(path),
        () => {
          if (without !== 'syncFile') find(path).synced = readFileSync(path);
        },
      ),
    syncFolder: (path) =>
      step(
        () => localFiles.syncFolder(path),
        () => {
          if (without === 'syncFolder') return;
          const isWithin = (name: string) => dirname(name) === path;
          for (const name of safe.keys()) if (isWithin(name) && !live.has(name)) forget(safe, name);
          for (const [name, inode] of live) if (isWithin(name)) safe.set(name, inode);
        },
      ),
  };
  return {
    files,
    count: () => calls,
    cutPower: (into) => {
      for (const [path, inode] of [...safe].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const parents = parentsOf(path, dataDir);
        if (!parents.every((parent) => safe.get(parent)?.isFolder)) continue;
        const target = join(into, path.slice(dataDir.length));
        if (inode.isFolder) mkdirSync(target, { recursive: true });
        // The name is safe and the bytes are not: an empty file.
        else writeFileSync(target, inode.synced ?? '');
      }
    },
  };
}

function parentsOf(path: string, root: string): string[] {
  const parents: string[] = [];
  for (let parent = dirname(path); parent !== root; parent = dirname(parent)) parents.push(parent);
  return parents;
}
