// What changed between two snapshots, relation by relation and key by key.
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { NotFoundError } from '../../errors.ts';
import { hardenDuckDb, openDuckDb, quoteName } from '../duckdb.ts';
import type { LayerFolder, Manifest, ManifestRelation } from './manifest.ts';
import { selectFiles } from './relation-writer.ts';
import type { SnapshotStore } from './snapshot-store.ts';

export interface RelationDiff {
  readonly layer: LayerFolder;
  readonly name: string;
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

/** Keys of relations whose first column alone is none. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'gold.track_artists': ['track_id', 'artist_id'],
  'gold.album_artists': ['album_id', 'artist_id'],
  'gold.artist_genres': ['artist_id', 'genre'],
  'gold.track_genres': ['track_id', 'genre'],
  'gold.playlist_tracks': ['playlist_id', 'track_id', 'genre', 'subgenre'],
  'gold.observations': ['entity', 'entity_id', 'measure', 'observed_at', 'source'],
  'gold.provenance': ['entity', 'entity_id', 'source', 'kind'],
};

/**
 * Differences of gold and warehouse from `fromId` to `to`. A relation of equal content costs nothing.
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
  const keys = (KEYS[`${newer.layer}.${newer.name}`] ?? [newer.columns[0]?.name ?? '']).map(quoteName);
  const side = (relation: ManifestRelation) =>
    `select to_json([${keys.map((key) => `${key}::varchar`).join(', ')}])::varchar as k, md5(to_json(r)::varchar) as h
     from (${selectFiles(dataDir, relation)}) r`;
  return `select count(*) filter (where a.k is null) as added, count(*) filter (where b.k is null) as removed,
      count(*) filter (where a.h <> b.h) as changed
    from (${side(older)}) a full join (${side(newer)}) b on a.k = b.k`;
}
