// What changed between two snapshots, relation by relation and key by key.
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { NotFoundError } from '../../errors.ts';
import { hardenDuckDb, openDuckDb, quoteName, quoteText } from '../duckdb.ts';
import type { LayerFolder, Manifest, ManifestRelation } from './manifest.ts';
import { hashRow } from './measure-file.ts';
import { selectFiles } from './relation-writer.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface RelationDiff {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/**
 * Differences of gold and warehouse from `fromId` to `to`, by the keys in the manifests. A relation of equal content costs nothing; one
 * whose key no manifest has, or whose older files lack a column of it, is compared row by row: nothing of it counts as changed.
 *
 * @throws NotFoundError for a snapshot that is not kept
 */
export async function diffSnapshots(
  snapshots: SnapshotStore,
  fromId: string,
  to: Manifest,
  limits: { memoryMb: number; tempMaxMb: number; timeoutMs: number; clock: Clock; signal: AbortSignal },
): Promise<RelationDiff[]> {
  const from = await snapshots.findManifest(fromId);
  if (!from) throw new NotFoundError('kept snapshot', fromId);
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: limits.memoryMb,
    threads: 1,
    maxConnections: 1,
    tempDir: join(snapshots.dataDir, 'tmp', 'diff'),
    tempMaxMb: limits.tempMaxMb,
    statementTimeoutMs: limits.timeoutMs,
    clock: limits.clock,
  });
  try {
    await hardenDuckDb(
      db,
      ['gold', 'warehouse'].map((layer) => join(snapshots.dataDir, layer)),
    );
    const diffs: RelationDiff[] = [];
    for (const relation of to.relations.filter(({ layer }) => layer !== 'silver')) {
      const older = from.relations.find(
        ({ layer, name }) => layer === relation.layer && name === relation.name,
      );
      const sql = toSql(snapshots.dataDir, older, relation);
      const [row] = sql
        ? await db.all<Omit<RelationDiff, 'layer' | 'name'>>(sql, [], { signal: limits.signal })
        : [];
      diffs.push({
        layer: relation.layer,
        name: relation.name,
        ...(row ?? { added: older ? 0 : relation.rows, removed: 0, changed: 0 }),
      });
    }
    return diffs;
  } finally {
    await db.close();
  }
}

function toSql(dataDir: string, older: ManifestRelation | undefined, newer: ManifestRelation): string | null {
  if (!older || older.contentHash === newer.contentHash) return null;
  const key = newer.key ?? older.key ?? [];
  const hasKey = [older, newer].every(({ columns }) =>
    key.every((column) => columns.some(({ name }) => name === column)),
  );
  return key.length > 0 && hasKey
    ? compareKeys(dataDir, older, newer, key)
    : compareRows(dataDir, older, newer);
}

/** The hash is the engine's, and both sides are read by the same one; the names tell a row from one whose columns are others. */
function hashNamed({ columns }: ManifestRelation): string {
  return `hash(${quoteText(columns.map(({ name }) => name).join())}, ${hashRow(columns)})`;
}

function compareKeys(
  dataDir: string,
  older: ManifestRelation,
  newer: ManifestRelation,
  key: readonly string[],
): string {
  const columns = key.map((name, at) => `${quoteName(name)}::varchar as k${at}`).join(', ');
  const side = (relation: ManifestRelation) =>
    `select ${columns}, ${hashNamed(relation)} as h from (${selectFiles(dataDir, relation)})`;
  const isSame = key.map((_, at) => `a.k${at} is not distinct from b.k${at}`).join(' and ');
  return `select count(*) filter (where a.h is null) as added, count(*) filter (where b.h is null) as removed,
      count(*) filter (where a.h <> b.h) as changed
    from (${side(older)}) a full join (${side(newer)}) b on ${isSame}`;
}

/** Without a key no row can be said to have changed: one went and another came. */
function compareRows(dataDir: string, older: ManifestRelation, newer: ManifestRelation): string {
  const side = (relation: ManifestRelation) =>
    `select ${hashNamed(relation)} as h, count(*) as n from (${selectFiles(dataDir, relation)}) group by h`;
  const surplus = (of: string, over: string) =>
    `coalesce(sum(greatest(coalesce(${of}.n, 0) - coalesce(${over}.n, 0), 0)), 0)::bigint`;
  return `select ${surplus('b', 'a')} as added, ${surplus('a', 'b')} as removed, 0::bigint as changed
    from (${side(older)}) a full join (${side(newer)}) b using (h)`;
}
