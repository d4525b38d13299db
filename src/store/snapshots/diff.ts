// What changed between two snapshots, relation by relation and key by key.
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { findNearMiss, InvalidInputError, NotFoundError } from '../../errors.ts';
import { type DuckDb, hardenDuckDb, openDuckDb } from '../duckdb.ts';
import {
  type ChangedKey,
  countChanges,
  findKey,
  hashNamed,
  type KeyChange,
  listChangedKeys,
} from './changed-keys.ts';
import type { LayerFolder, Manifest, ManifestRelation } from './manifest.ts';
import { selectFiles } from './relation-writer.ts';
import type { SnapshotStore } from './snapshot-store.ts';

interface Counts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export interface RelationDiff extends Counts {
  readonly layer: LayerFolder;
  readonly name: string;
  /** The first keys of a change, in their order; null where the key is not known, and whole rows were counted. Reads files anew. */
  listKeys(change: KeyChange, limit: number): Promise<ChangedKey[] | null>;
}

export interface DiffLimits {
  readonly memoryMb: number;
  readonly tempMaxMb: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** @throws NotFoundError for a snapshot that is not kept; InvalidInputError for a relation that the newer one does not have */
export type DiffSnapshots = (
  fromId: string,
  to: Manifest,
  /** layer.name of those to compare; all of gold and warehouse where there is none. */
  names?: readonly string[],
) => Promise<RelationDiff[]>;

/**
 * Compares snapshots for one request: differences of gold and warehouse, by the keys in the manifests. A relation of equal content costs
 * nothing; one whose key no manifest has, or whose older files lack a column of it, is compared row by row: nothing of it counts as
 * changed. However many are compared at once, they share one database and run one statement after the other.
 */
export function createDiffSnapshots(snapshots: SnapshotStore, limits: DiffLimits): DiffSnapshots {
  const { signal } = limits;
  const { dataDir } = snapshots;
  const withDatabase = shareDatabase(() => openReader(dataDir, limits));
  return async (fromId, to, names = []) => {
    const from = await snapshots.findManifest(fromId);
    if (!from) throw new NotFoundError('kept snapshot', fromId);
    const pairs = chooseRelations(to, names).map((newer) => ({
      newer,
      older: from.relations.find(({ layer, name }) => layer === newer.layer && name === newer.name) ?? null,
    }));
    return withDatabase(async (db) => {
      const diffs: RelationDiff[] = [];
      for (const { older, newer } of pairs) {
        const key = findKey(older, newer);
        const counts = await countPair(db, { dataDir, older, newer, key }, signal);
        diffs.push({
          layer: newer.layer,
          name: newer.name,
          ...counts,
          listKeys: async (change, limit) => {
            if (!key) return null;
            if (counts[COUNTED[change]] === 0) return [];
            return withDatabase((db) =>
              listChangedKeys(db, { dataDir, older, newer, key }, { change, limit, signal }),
            );
          },
        });
      }
      return diffs;
    });
  };
}

const COUNTED = { ADDED: 'added', REMOVED: 'removed', CHANGED: 'changed' } as const;

/** @throws InvalidInputError */
function chooseRelations({ relations }: Manifest, names: readonly string[]): ManifestRelation[] {
  const compared = relations.filter(({ layer }) => layer !== 'silver');
  const nameOf = ({ layer, name }: ManifestRelation) => `${layer}.${name}`;
  const known = compared.map(nameOf);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = findNearMiss(unknown, known);
    throw new InvalidInputError(
      `"relations" names "${unknown.slice(0, 200)}"; relations of gold and warehouse are compared. ${near ? `Did you mean "${near}"?` : `There are ${known.join(', ')}.`}`,
      { field: 'relations', given: unknown.slice(0, 200), expected: 'layer.name of gold or warehouse' },
    );
  }
  return names.length === 0 ? compared : compared.filter((relation) => names.includes(nameOf(relation)));
}

async function countPair(
  db: DuckDb,
  {
    dataDir,
    older,
    newer,
    key,
  }: {
    dataDir: string;
    older: ManifestRelation | null;
    newer: ManifestRelation;
    key: readonly string[] | null;
  },
  signal: AbortSignal,
): Promise<Counts> {
  const none = { added: 0, removed: 0, changed: 0 };
  if (!older) return { ...none, added: newer.rows };
  if (older.contentHash === newer.contentHash) return none;
  const sql = key ? countChanges({ dataDir, older, newer, key }) : countRows(dataDir, older, newer);
  const [counts] = await db.all<Counts>(sql, [], { signal });
  return counts ?? none;
}

/** Without a key no row can be said to have changed: one went and another came. */
function countRows(dataDir: string, older: ManifestRelation, newer: ManifestRelation): string {
  const side = (relation: ManifestRelation) =>
    `select ${hashNamed(relation)} as h, count(*) as n from (${selectFiles(dataDir, relation)}) group by h`;
  const surplus = (of: string, over: string) =>
    `coalesce(sum(greatest(coalesce(${of}.n, 0) - coalesce(${over}.n, 0), 0)), 0)::bigint`;
  return `select ${surplus('b', 'a')} as added, ${surplus('a', 'b')} as removed, 0::bigint as changed
    from (${side(older)}) a full join (${side(newer)}) b using (h)`;
}

/** Opens a database with the first who asks, and closes it after the last. */
function shareDatabase(open: () => Promise<DuckDb>): <T>(work: (db: DuckDb) => Promise<T>) => Promise<T> {
  let users = 0;
  let opening: Promise<DuckDb> | undefined;
  return async (work) => {
    users += 1;
    opening ??= open();
    const mine = opening;
    try {
      return await work(await mine);
    } finally {
      users -= 1;
      if (users === 0) {
        opening = undefined;
        await mine.then(
          (db) => db.close(),
          () => {},
        );
      }
    }
  };
}

/** A database that reads the relations that are compared, one statement at a time. */
async function openReader(dataDir: string, limits: DiffLimits): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: limits.memoryMb,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'tmp', 'diff'),
    tempMaxMb: limits.tempMaxMb,
    statementTimeoutMs: limits.timeoutMs,
    clock: limits.clock,
  });
  const folders = ['gold', 'warehouse'].map((layer) => join(dataDir, layer));
  await hardenDuckDb(db, folders).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  return db;
}
