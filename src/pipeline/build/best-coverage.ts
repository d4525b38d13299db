// The best coverage that columns of gold have had lately. What fades a little with every build falls short of it, and hardly of the snapshot
// before. A manifest names only what its own figures do not say: who reads it needs no older one, however few are kept.
import type { Manifest, ManifestBestCoverage, ManifestCoverage } from '../../store/snapshots/manifest.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';

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

/** Columns that had a value in a larger share of rows than in the candidate, each as it was when it had most; none of few rows. */
export function findBetterCoverage(before: CoverageBefore): ManifestBestCoverage[] {
  const noted = listNoted(before);
  return before.coverage.flatMap((column) =>
    column.rows < LEAST_ROWS ? [] : listBetter(column, before, noted).slice(0, 1),
  );
}

/** What the candidate's own manifest is to name: each column as it was on its way down, so that the next best is known when the best is forgotten. */
export function noteBestCoverage(before: CoverageBefore): ManifestBestCoverage[] {
  if (!servesSameSources(before)) return [];
  const noted = listNoted(before);
  return before.coverage.flatMap((column) => listBetter(column, before, noted));
}

/**
 * The column in the parent and in what that names of before, where it had more than in the candidate and than at any time since, oldest and
 * best first; none within a day of one that is named, so that no manifest grows with how often something is published. Of before only while
 * the same sources are served, since others may know less.
 */
function listBetter(
  column: ManifestCoverage,
  { parent }: CoverageBefore,
  noted: readonly ManifestBestCoverage[],
): ManifestBestCoverage[] {
  if (!parent) return [];
  const { id: snapshotId, publishedAt } = parent;
  const steps: ManifestBestCoverage[] = [];
  for (const other of [
    ...parent.coverage
      .filter((each) => isSame(each, column))
      .map((each) => ({ ...each, snapshotId, publishedAt })),
    ...noted.filter((each) => isSame(each, column)).reverse(),
  ])
    if (other.rows >= LEAST_ROWS && shareOf(other) > shareOf(steps[0] ?? column)) steps.unshift(other);
  let named = Number.NEGATIVE_INFINITY;
  return steps.filter(({ publishedAt }) => {
    const at = Date.parse(publishedAt);
    if (at < named + DAY_MS) return false;
    named = at;
    return true;
  });
}

/** What the parent names of before, as far as it is not forgotten. */
function listNoted(before: CoverageBefore): ManifestBestCoverage[] {
  const since = before.now - before.days * DAY_MS;
  const named = servesSameSources(before) ? (before.parent?.bestCoverage ?? []) : [];
  return named.filter(({ publishedAt }) => Date.parse(publishedAt) >= since);
}

function servesSameSources({ parent, relations }: CoverageBefore): boolean {
  const [before, now] = [parent?.relations ?? [], relations].map(
    (list) => list.find(({ layer, name }) => layer === 'silver' && name === 'served_sources')?.contentHash,
  );
  return before === now;
}

function isSame(one: ManifestCoverage, other: ManifestCoverage): boolean {
  return one.relation === other.relation && one.column === other.column;
}

function shareOf({ rows, present }: Pick<ManifestCoverage, 'rows' | 'present'>): number {
  return rows === 0 ? 0 : present / rows;
}
