// The best coverage that columns of gold have had lately. What fades a little with every build falls short of it, and hardly of the snapshot
// before. A manifest names only what its own figures do not say: who reads it needs no older one, however few are kept.
import type { Manifest, ManifestBestCoverage, ManifestCoverage } from '../store/snapshots/manifest.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';

const DAY_MS = 24 * 3_600_000;
/** Shares of fewer rows say little. */
const LEAST_ROWS = 100;

export interface CoverageBefore {
  readonly parent: Manifest | null;
  /** Of the candidate. */
  readonly relations: readonly Pick<WrittenRelation, 'layer' | 'name' | 'contentHash'>[];
  /** Of the candidate. */
  readonly coverage: readonly ManifestCoverage[];
  /** What is older than so many days is forgotten. */
  readonly days: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Columns that had a value in a larger share of rows than in the candidate, at their best in the parent and what it names of before; of before
 * only while the same sources are served, since others may know less.
 */
export function findBetterCoverage(before: CoverageBefore): ManifestBestCoverage[] {
  const { parent, coverage, days, now } = before;
  if (!parent) return [];
  const since = now - days * DAY_MS;
  const noted = servesSameSources(before) ? (parent.bestCoverage ?? []) : [];
  const best = new Map<string, ManifestBestCoverage>();
  for (const column of parent.coverage)
    best.set(nameOf(column), { ...column, snapshotId: parent.id, publishedAt: parent.publishedAt });
  for (const column of noted) if (Date.parse(column.publishedAt) >= since) best.set(nameOf(column), column);
  return coverage.flatMap((column) => {
    const other = best.get(nameOf(column));
    return other && other.rows >= LEAST_ROWS && shareOf(other) > shareOf(column) ? [other] : [];
  });
}

/** What the candidate's own manifest is to name. */
export function noteBestCoverage(before: CoverageBefore): ManifestBestCoverage[] {
  return servesSameSources(before) ? findBetterCoverage(before) : [];
}

function servesSameSources({ parent, relations }: CoverageBefore): boolean {
  const [before, now] = [parent?.relations ?? [], relations].map(
    (list) => list.find(({ layer, name }) => layer === 'silver' && name === 'served_sources')?.contentHash,
  );
  return before === now;
}

function nameOf({ relation, column }: Pick<ManifestCoverage, 'relation' | 'column'>): string {
  return `${relation}.${column}`;
}

function shareOf({ rows, present }: Pick<ManifestCoverage, 'rows' | 'present'>): number {
  return rows === 0 ? 0 : present / rows;
}
