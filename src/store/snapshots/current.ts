// CURRENT: which snapshot is served, and which manifests beside it have been published. A manifest that it does not know was written by
// a publish that failed or died before its commit point, and is no snapshot.
import { join } from 'node:path';
import { sha256 } from '../sha256.ts';
import { type Files, isMissing, replaceDurably } from './files.ts';
import type { Manifest } from './manifest.ts';
import { printManifest } from './manifest-file.ts';
import { isSnapshotId, timeOf } from './snapshot-id.ts';

export interface CurrentPointer {
  readonly snapshotId: string;
  /** SHA-256 of the manifest file's bytes. */
  readonly manifestSha256: string;
  /** Ids of all that were published and not swept when CURRENT moved, newest first. Not there in folders of before: all were. */
  readonly published?: readonly string[];
  /** When it was moved back, oldest first, since the oldest snapshot was published: what was served then is not what was published last. */
  readonly rollbacks?: readonly Rollback[];
  /** SHA-256 of the rest as JSON: a flipped bit in the list would hide a snapshot. There where `published` is. */
  readonly sha256?: string;
}

export interface Rollback {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly snapshotId: string;
}

/** The text of CURRENT; null where there is none. */
export async function readPointer(files: Files, dataDir: string): Promise<string | null> {
  try {
    return await files.read(join(dataDir, 'CURRENT'));
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** What CURRENT says; empty where it is missing or damaged. */
export function parsePointer(text: string | null): Partial<CurrentPointer> {
  try {
    const { sha256: hash, ...rest } = (JSON.parse(text ?? '{}') ?? {}) as Partial<CurrentPointer>;
    const isWhole = hash === undefined ? !('published' in rest) : hash === hashPointer(rest);
    return isWhole ? rest : {};
  } catch {
    return {};
  }
}

export interface SnapshotIds {
  /** Manifests in the folder by id, newest first: those of snapshots. */
  readonly published: string[];
  /** Those that never became one. */
  readonly unpublished: string[];
  readonly rollbacks: readonly Rollback[];
}

/** What CURRENT and the folder of manifests say. */
export async function listSnapshotIds(files: Files, dataDir: string): Promise<SnapshotIds> {
  // CURRENT first: a publish in between adds a manifest that this one does not know.
  const { snapshotId, published, rollbacks = [] } = parsePointer(await readPointer(files, dataDir));
  const ids = (await files.list(join(dataDir, 'snapshots')))
    .flatMap((name) => (name.endsWith('.json') ? name.slice(0, -'.json'.length) : []))
    .filter(isSnapshotId)
    .reverse();
  const known = published ? new Set([...published, snapshotId]) : null;
  const isPublished = (id: string) => known?.has(id) ?? true;
  return {
    published: ids.filter(isPublished),
    unpublished: ids.filter((id) => !isPublished(id)),
    rollbacks,
  };
}

/**
 * Those that somebody went back from: what was published before a rollback, and is newer than what that went to. A later rollback to one
 * of them takes it out again.
 */
export function findGoneBackFrom(
  { snapshotId, rollbacks = [] }: Partial<CurrentPointer>,
  published: readonly string[],
): ReadonlySet<string> {
  const left = new Set<string>();
  for (const { at, snapshotId: to } of rollbacks) {
    for (const id of published) if (id > to && timeOf(id) <= at) left.add(id);
    left.delete(to);
  }
  // Folders of before note no rollbacks.
  for (const id of published) if (snapshotId && id > snapshotId) left.add(id);
  return left;
}

const DAMAGE_NOTE = '.damage';

/** Where somebody who has found files of a snapshot damaged leaves word of it. */
export function toDamageNote(dataDir: string, id: string): string {
  return join(dataDir, 'snapshots', `${id}${DAMAGE_NOTE}`);
}

/** Words of damage to snapshots that are no more, as paths in the data folder. */
export async function listOldDamageNotes(
  files: Files,
  dataDir: string,
  ids: readonly string[],
): Promise<string[]> {
  const names = (await files.list(join(dataDir, 'snapshots'))).filter((name) => name.endsWith(DAMAGE_NOTE));
  return names
    .filter((name) => !ids.includes(name.slice(0, -DAMAGE_NOTE.length)))
    .map((name) => `snapshots/${name}`);
}

/** Moves CURRENT to a manifest that is on disk: the one commit point. @param rolledBackAt when, if it was published before */
export async function moveCurrent(
  files: Files,
  dataDir: string,
  manifest: Manifest,
  rolledBackAt?: number,
): Promise<void> {
  const { published, rollbacks } = await listSnapshotIds(files, dataDir);
  const oldest = Math.min(...[...published, manifest.id].map(timeOf));
  const moved = rolledBackAt === undefined ? [] : [{ at: rolledBackAt, snapshotId: manifest.id }];
  const pointer = {
    snapshotId: manifest.id,
    manifestSha256: sha256(printManifest(manifest)),
    published: [...new Set([...published, manifest.id])].sort().reverse(),
    rollbacks: [...rollbacks, ...moved].filter(({ at }) => at >= oldest),
  };
  await replaceDurably(
    files,
    join(dataDir, 'CURRENT'),
    `${JSON.stringify({ ...pointer, sha256: hashPointer(pointer) })}\n`,
  );
}

function hashPointer(pointer: Partial<CurrentPointer>): string {
  return sha256(JSON.stringify(pointer));
}
