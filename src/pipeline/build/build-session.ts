// The build of one candidate snapshot, shared by the steps from bronze to publish through the run's scope.
import { rm } from 'node:fs/promises';
import { invariant } from '../../errors.ts';
import { type DuckDb, limitThreads } from '../../store/duckdb.ts';
import type { BatchCount } from '../../store/landing/landing-store.ts';
import type {
  Manifest,
  ManifestCheck,
  ManifestCoverage,
  ManifestLineage,
} from '../../store/snapshots/manifest.ts';
import type { Candidate, WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { StepContext } from '../step.ts';
import type { BuildPlan } from './build-plan.ts';
import type { Lakehouse } from './relations.ts';
import type { InQueue } from './side-by-side.ts';
import type { Staging } from './stage-documents.ts';

export interface BuildSession {
  /** In memory; relations already written are views over their Parquet files: silver.tracks, gold.tracks, ... (resolved-sql.ts for new batches). */
  readonly db: DuckDb;
  readonly candidate: Candidate;
  /** Ids of the sealed batches the build reads, sorted. */
  readonly batches: readonly string[];
  /** How many documents all batches hold. */
  readonly documents: number;
  /** The same by source and kind. */
  readonly landed: readonly BatchCount[];
  /** How many relations of a layer, or checks, are under way at once. */
  readonly atOnce: number;
  /** How many threads the engine has. */
  readonly threads: number;
  readonly recipe: string;
  /** The served snapshot, which the candidate is compared with; null for none. */
  readonly parent: Manifest | null;
  readonly plan: Exclude<BuildPlan, { how: 'NOTHING' }>;
  /** Typed documents while the build goes on; removed with it. */
  readonly stagingFolder: string;
  readonly staging: Staging;
  readonly lakehouse: Lakehouse;
  readonly relations: WrittenRelation[];
  readonly checks: ManifestCheck[];
  /** What was found while a relation was written, by name of check. */
  readonly foundAhead: Map<string, ManifestCheck>;
  readonly coverage: ManifestCoverage[];
  /** Where each column comes from: read while checks run. */
  readonly lineage: ManifestLineage[];
  /** Of two relations that are updated at a time one asks at a time what the parent has. */
  readonly inQueue: InQueue;
}

const KEY = 'build';

/** @throws GroovelakeError (INTERNAL) before the bronze step */
export function getBuildSession(context: StepContext): BuildSession {
  const session = context.scope.get<BuildSession>(KEY);
  invariant(session, 'the bronze step opens the build');
  return session;
}

export function setBuildSession(context: StepContext, session: BuildSession): void {
  context.scope.set(KEY, session, async () => {
    await session.staging.stop();
    await session.db.close();
    await session.candidate.discard();
    await rm(session.stagingFolder, { recursive: true, force: true });
  });
}

/**
 * Those who wait for a statement work on it as well, one for each: with two statements under way two threads are one besides those. With
 * none besides nobody looks for work that others have, and a build costs less processor time. Of one thread there is nothing to share: each
 * statement brings the one that waits for it.
 */
export function shareThreads({ db, atOnce, threads }: Pick<BuildSession, 'db' | 'atOnce' | 'threads'>): {
  onWidth?: (width: number) => Promise<void>;
} {
  return atOnce === 1 || threads === 1 ? {} : { onWidth: (width) => limitThreads(db, threads - width + 1) };
}
