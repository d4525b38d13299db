// What changed between two snapshots, relation by relation and key by key.
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { InvalidInputError, NotFoundError } from '../../errors.ts';
import { findNearMiss } from '../../near-miss.ts';
import { type DuckDb, hardenDuckDb, openDuckDb } from '../duckdb.ts';
import {
  type ChangedKey,
  countChanges,
  findKey,
  hashNamed,
  type KeyChange,
  type KeyedPair,
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

/** @throws NotFoundError for a snapshot that is not kept; InvalidInputError for a relation that neither has */
export type DiffSnapshots = (
  fromId: string,
  to: Manifest,
  /** layer.name of those to compare; all of gold and warehouse where nothing is said, none where the list is empty. */
  names?: readonly string[] | null,
) => Promise<RelationDiff[]>;

/**
 * Compares snapshots for one request, by the keys in the manifests: gold and warehouse, and of silver what is named, since its rows say when
 * and with which batch they came, so that all that was fetched again has changed. A relation of equal content costs
 * nothing; one whose key no manifest has, or whose older files lack a column of it, is compared row by row: nothing of it counts as
 * changed. However many are compared at once, they share one database and run one statement after the other.
 */
export function createDiffSnapshots(snapshots: SnapshotStore, limits: DiffLimits): DiffSnapshots {
  const { signal } = limits;
  const { dataDir } = snapshots;
  const withDatabase = shareDatabase(() => openReader(dataDir, limits));
  return async (fromId, to, names) => {
    const from = await snapshots.findManifest(fromId);
    if (!from) throw new NotFoundError('kept snapshot', fromId);
    const pairs = choosePairs(from, to, names ?? null);
    if (pairs.length === 0) return [];
    return withDatabase(async (db) => {
      const diffs: RelationDiff[] = [];
      for (const { layer, name, older, newer } of pairs) {
        const key = findKey({ older, newer });
        const counts = await countPair(db, { dataDir, older, newer, key }, signal);
        diffs.push({
          layer,
          name,
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

/** A relation in two snapshots; one of them may lack it. */
interface Pair extends Pick<ManifestRelation, 'layer' | 'name'>, Pick<KeyedPair, 'older' | 'newer'> {}

/** Relations of the newer one in its order, behind them those that only the older one has. @throws InvalidInputError */
function choosePairs(from: Manifest, to: Manifest, names: readonly string[] | null): Pair[] {
  const nameOf = ({ layer, name }: Pick<ManifestRelation, 'layer' | 'name'>) => `${layer}.${name}`;
  const older = new Map(from.relations.map((relation) => [nameOf(relation), relation]));
  const newer = new Map(to.relations.map((relation) => [nameOf(relation), relation]));
  const pairs = [
    ...new Map([...newer, ...older].map(([key, { layer, name }]) => [key, { layer, name }])),
  ].map(([key, which]) => ({ ...which, older: older.get(key) ?? null, newer: newer.get(key) ?? null }));
  const known = pairs.map(nameOf);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const near = findNearMiss(unknown, known);
    throw new InvalidInputError(
      `"relations" names "${unknown.slice(0, 200)}", which neither snapshot has. ${near ? `Did you mean "${near}"?` : `There are ${known.join(', ')}.`}`,
      {
        field: 'relations',
        given: unknown.slice(0, 200),
        expected: 'layer.name of silver, gold or warehouse',
      },
    );
  }
  return pairs.filter((pair) => (names === null ? pair.layer !== 'silver' : names.includes(nameOf(pair))));
}

async function countPair(
  db: DuckDb,
  {
    dataDir,
    older,
    newer,
    key,
  }: Pick<KeyedPair, 'dataDir' | 'older' | 'newer'> & { key: readonly string[] | null },
  signal: AbortSignal,
): Promise<Counts> {
  const none = { added: 0, removed: 0, changed: 0 };
  if (!older || !newer) return { ...none, added: newer?.rows ?? 0, removed: older?.rows ?? 0 };
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
  const folders = ['silver', 'gold', 'warehouse'].map((layer) => join(dataDir, layer));
  await hardenDuckDb(db, folders).catch(async (error: unknown) => {
    await db.close();
    throw error;
  });
  return db;
}
