// Brings the Delta tables of all relations to what a snapshot names.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { createCheckpoints } from './delta-checkpoint.ts';
import { commitDelta, type DeltaCommit } from './delta-log.ts';
import { isEntry, versionOf } from './delta-names.ts';
import { type Dictionary, describeRelation } from './dictionary.ts';
import type { Files } from './files.ts';
import type { Manifest, ManifestRelation } from './manifest.ts';
import type { PatchedFile } from './relation-writer.ts';
import type { WrittenRelation } from './snapshot-store.ts';

/** Each commit waits for the disk three or four times; several wait at once. */
const AT_ONCE = 4;

export interface TableParts {
  readonly files: Files;
  readonly dataDir: string;
  readonly clock: Clock;
  /** What relations and columns mean, for the tables' own words. */
  readonly dictionary: Dictionary;
}

/**
 * Commits to every table that is not as it should be. A crash between two leaves some a version ahead of CURRENT, which the next publish
 * puts right. After a failure no further commit is begun, and it is thrown when those under way have ended.
 *
 * @param change.stats statistics of new files as JSON, by path
 * @param change.patches files that are others of their table but for some columns, by path: statistics are of these columns
 * @param change.current the snapshot that is current now
 * @param change.beforeCommit called before a commit, but not again within a second; what it throws is a failure
 * @returns the relations with the versions that hold them, by layer and name
 */
export async function commitTables(
  { files, dataDir, clock, dictionary }: TableParts,
  change: {
    readonly relations: readonly WrittenRelation[];
    readonly snapshotId: string;
    readonly operation: DeltaCommit['operation'];
    readonly stats?: ReadonlyMap<string, string>;
    readonly patches?: ReadonlyMap<string, PatchedFile>;
    readonly current: Pick<Manifest, 'relations'> | null;
    readonly beforeCommit?: (() => Promise<void>) | undefined;
  },
): Promise<ManifestRelation[]> {
  const checkpoints = createCheckpoints(files, dataDir, clock);
  const beforeCommit = askSeldom(clock, change.beforeCommit);
  const waiting = [...change.relations].reverse();
  const committed: ManifestRelation[] = [];
  const commitEach = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { measured: _found, ...relation } = next;
      const { layer, name } = relation;
      const now = change.current?.relations.find((other) => other.layer === layer && other.name === name);
      const deltaVersion = await commitDelta(files, checkpoints, {
        folder: join(dataDir, layer, name),
        relation: `${layer}/${name}`,
        tableId: toTableId(`${layer}.${name}`),
        table: { files: relation.files, ...describeRelation(relation, dictionary) },
        stats: change.stats ?? new Map(),
        patches: change.patches ?? new Map(),
        at: clock.now(),
        snapshotId: change.snapshotId,
        operation: change.operation,
        published: now?.deltaVersion ?? -1,
        beforeCommit,
      });
      const bytes = relation.files.reduce((sum, file) => sum + file.bytes, 0);
      committed.push({ ...relation, bytes, deltaVersion });
    }
  };
  try {
    const lanes = Array.from({ length: AT_ONCE }, commitEach);
    await Promise.all(lanes).catch(async (error: unknown) => {
      waiting.length = 0;
      await Promise.allSettled(lanes);
      throw error;
    });
  } finally {
    await checkpoints.close();
  }
  return committed.sort((a, b) => (`${a.layer}.${a.name}` < `${b.layer}.${b.name}` ? -1 : 1));
}

/**
 * Brings the tables of a snapshot back to what it names, after somebody died or failed among his commits. A table whose newest version is
 * the one that the snapshot names is not looked into.
 *
 * @param beforeCommit as of commitTables
 * @returns the tables that were not as they should be: gold.tracks, ...
 */
export async function restoreTables(
  parts: TableParts,
  { id, relations }: Manifest,
  beforeCommit: (() => Promise<void>) | undefined,
): Promise<string[]> {
  const newest = new Map<string, number>();
  for (const { layer, name } of relations) {
    const names = await parts.files.list(join(parts.dataDir, layer, name, '_delta_log'));
    newest.set(
      `${layer}.${name}`,
      Math.max(-1, ...names.filter(isEntry).map((each) => versionOf(each) ?? -1)),
    );
  }
  const isElsewhere = ({ layer, name, deltaVersion }: ManifestRelation) =>
    newest.get(`${layer}.${name}`) !== deltaVersion;
  const committed = await commitTables(parts, {
    relations: relations.filter(isElsewhere),
    snapshotId: id,
    operation: 'RESTORE',
    current: { relations },
    beforeCommit,
  });
  return committed.filter(isElsewhere).map(({ layer, name }) => `${layer}.${name}`);
}

/**
 * Asking is a write in the store of runs, and whoever was allowed to so lately has not stood still since for as long as a lease lasts. Both
 * clocks are looked at: the one that never steps may stand still while the machine sleeps.
 */
const ASK_AGAIN_MS = 1_000;

function askSeldom(clock: Clock, ask: (() => Promise<void>) | undefined): () => Promise<void> {
  let asked: { wall: number; elapsed: number } | null = null;
  return async () => {
    const now = { wall: clock.now(), elapsed: clock.monotonic() };
    const isLate =
      !asked ||
      now.elapsed - asked.elapsed >= ASK_AGAIN_MS ||
      Math.abs(now.wall - asked.wall) >= ASK_AGAIN_MS;
    if (!isLate) return;
    await ask?.();
    asked = now;
  };
}

/** A UUID made from the relation's name: the table keeps it for good, on every machine. */
function toTableId(relation: string): string {
  const hex = createHash('sha256').update(`groovelake ${relation}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
