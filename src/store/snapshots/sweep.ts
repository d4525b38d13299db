// Removes what no kept snapshot needs: files of swept snapshots, old entries of Delta logs, and left-overs of those who died.
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { listOldDamageNotes, parsePointer, type Rollback, readPointer } from './current.ts';
import { type Files, TEMPORARY } from './files.ts';
import type { Manifest } from './manifest.ts';
import { listUnneeded, type PushedOut, type Unneeded } from './unneeded.ts';

export interface SweepParts {
  readonly files: Files;
  readonly dataDir: string;
  readonly now: number;
  /** Newest first. */
  readonly listIds: () => Promise<{ published: string[]; unpublished: string[] }>;
  readonly readManifest: (id: string) => Promise<Manifest | null>;
}

export interface SweepOptions {
  /** How many of the newest snapshots stay; the current one does in any case. */
  readonly keep: number;
  /** What is needed no longer stays for so long, for readers and builds that are under way. */
  readonly graceMs: number;
  /** Working folders of exports stay for at least so long since the last file was begun there: an export may take that long. */
  readonly exportMs?: number;
  /** Results of checks that failed stay for so long; for ever unless stated. */
  readonly quarantineMs?: number;
  /** Only says what would be removed. */
  readonly dryRun?: boolean;
}

export interface SweepResult {
  /** Paths relative to the data folder. */
  readonly removed: string[];
  readonly bytes: number;
  /** What nobody needs, but not for long enough yet. */
  readonly waiting: string[];
  /** A kept snapshot whose manifest cannot be read: it could name anything, so nothing was removed. */
  readonly blockedBy: string | null;
}

/** What the configuration says of how long things live. */
export function sweepOptions(
  config: Pick<Config, 'keepSnapshots' | 'sweepGraceMinutes' | 'keepQuarantineDays' | 'exportTimeoutMs'>,
): SweepOptions {
  return {
    keep: config.keepSnapshots,
    graceMs: config.sweepGraceMinutes * 60_000,
    exportMs: config.exportTimeoutMs,
    quarantineMs: config.keepQuarantineDays * 86_400_000,
  };
}

/**
 * Keeps the newest snapshots and the current one, and removes what no kept manifest names once it has been so for the grace time: a
 * file of a swept snapshot since that snapshot was pushed out, anything else since it was written.
 *
 * Whoever calls this must hold the publish lease, or be the only one here.
 */
export async function sweep(parts: SweepParts, options: SweepOptions): Promise<SweepResult> {
  const { files, dataDir, now, listIds } = parts;
  const { keep, graceMs, exportMs = 0, quarantineMs = Number.POSITIVE_INFINITY, dryRun = false } = options;
  const { published, unpublished } = await listIds();
  const { snapshotId: current, rollbacks = [] } = parsePointer(
    await readPointer(files, dataDir).catch(() => null),
  );
  const kept = await readKept(parts, new Set([...published.slice(0, keep), ...(current ? [current] : [])]));
  if ('blockedBy' in kept) return { removed: [], bytes: 0, waiting: [], blockedBy: kept.blockedBy };
  const pushedOut = [
    ...(await readPushedOut(parts, published, keep, { kept: kept.manifests, rollbacks })),
    // What never was a snapshot is not needed since it was written.
    ...unpublished.map((id) => ({ id, manifest: null, since: null })),
  ];
  const waiting = pushedOut.flatMap(({ manifest, since }) =>
    manifest && since !== null && now - since < graceMs ? [manifest] : [],
  );
  const unneeded: Unneeded[] = [
    ...(await listUnneeded(files, dataDir, { kept: kept.manifests, pushedOut, waiting })),
    ...(await listUnfinished(files, dataDir)),
    ...(await listOldDamageNotes(files, dataDir, [...published, ...unpublished])).map((path) => ({
      path,
      since: null,
    })),
  ];
  const result = { removed: [] as string[], bytes: 0, waiting: [] as string[], blockedBy: null };
  const consider = async (path: string, since: number | null, lifeMs: number) => {
    const found = await files.find(join(dataDir, path));
    if (!found) return;
    if (now - (since ?? found.modifiedAt) < lifeMs) return void result.waiting.push(path);
    result.removed.push(path);
    result.bytes += found.bytes;
    if (!dryRun) await files.remove(join(dataDir, path));
  };
  for (const { path, since } of unneeded) await consider(path, since, graceMs);
  for (const path of await listExports(files, dataDir))
    await consider(path, null, Math.max(graceMs, exportMs));
  for (const name of await files.list(join(dataDir, 'quarantine'))) {
    const report = await files.find(join(dataDir, 'quarantine', name));
    if (report && now - report.modifiedAt >= quarantineMs)
      await consider(`quarantine/${name}`, null, quarantineMs);
  }
  return result;
}

/** Manifests of these snapshots; one that is gone names nothing, one that cannot be read could name anything. */
async function readKept(
  { readManifest }: SweepParts,
  ids: ReadonlySet<string>,
): Promise<{ manifests: Manifest[] } | { blockedBy: string }> {
  const manifests: Manifest[] = [];
  for (const id of ids) {
    try {
      const manifest = await readManifest(id);
      if (manifest) manifests.push(manifest);
      else return { blockedBy: id };
    } catch {
      return { blockedBy: id };
    }
  }
  return { manifests };
}

/**
 * The other manifests, each with the time when newer ones pushed it out; null where it cannot be read. One that was served after that,
 * as a rollback has it, was needed until it was served no longer.
 */
async function readPushedOut(
  { readManifest }: SweepParts,
  ids: readonly string[],
  keep: number,
  { kept, rollbacks }: { kept: readonly Manifest[]; rollbacks: readonly Rollback[] },
): Promise<PushedOut[]> {
  const manifests = new Map(kept.map((manifest) => [manifest.id, manifest]));
  const isKept = new Set(manifests.keys());
  for (const id of ids) {
    const manifest = isKept.has(id) ? null : await readManifest(id).catch(() => null);
    if (manifest) manifests.set(id, manifest);
  }
  const servedUntil = findServedUntil([...manifests.values()], rollbacks);
  return ids.flatMap((id, at) => {
    if (isKept.has(id)) return [];
    const { publishedAt } = manifests.get(ids[at - keep] ?? '') ?? {};
    const since = publishedAt ? Math.max(Date.parse(publishedAt), servedUntil.get(id) ?? 0) : null;
    return [{ id, manifest: manifests.get(id) ?? null, since }];
  });
}

/** Until when each was served last: until the next publish or rollback. */
function findServedUntil(
  manifests: readonly Manifest[],
  rollbacks: readonly Rollback[],
): ReadonlyMap<string, number> {
  const begun = [
    ...manifests.map(({ id, publishedAt }) => ({ id, at: Date.parse(publishedAt) })),
    ...rollbacks.map(({ snapshotId, at }) => ({ id: snapshotId, at })),
  ].sort((a, b) => a.at - b.at);
  return new Map(begun.slice(1).map(({ at }, place) => [begun[place]?.id ?? '', at]));
}

/** What is being written under another name. */
async function listUnfinished(files: Files, dataDir: string): Promise<Unneeded[]> {
  const found: Unneeded[] = [];
  for (const folder of ['', 'snapshots', 'quarantine']) {
    for (const name of await files.list(join(dataDir, folder)))
      if (name.endsWith(TEMPORARY)) found.push({ path: join(folder, name), since: null });
  }
  return found;
}

/** Working folders of exports. */
async function listExports(files: Files, dataDir: string): Promise<string[]> {
  const names = await files.list(join(dataDir, 'tmp'));
  return names.filter((name) => name.startsWith('export-')).map((name) => `tmp/${name}`);
}
