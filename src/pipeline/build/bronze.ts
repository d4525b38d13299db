// Step bronze: takes the publish lease, writes what has been sealed since, and opens the build.
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.ts';
import { RECIPE } from '../../recommend/recipe.ts';
import { FORMAT as INDEX_FORMAT } from '../../recommend/similarity-files.ts';
import { type DuckDb, ENGINE_VERSION, limitThreads, nameValue, openDuckDb } from '../../store/duckdb.ts';
import { checkWithdrawals } from '../../store/landing/check-withdrawals.ts';
import type { Batch, DocumentKind } from '../../store/landing/landing-store.ts';
import { MANIFEST_FORMAT } from '../../store/snapshots/manifest.ts';
import { writeBronze } from '../bronze/bronze-files.ts';
import { readMergedBronze, selectBatches } from '../bronze/merged-bronze.ts';
import { releaseHeap } from '../release-heap.ts';
import type { Step, StepContext } from '../step.ts';
import { type BuildPlan, countByKind, countDocuments, planBuild } from './build-plan.ts';
import { type BuildSession, setBuildSession } from './build-session.ts';
import { LINEAGE_FORMAT } from './lineage/column-lineage.ts';
import { confirmPublishLease, holdPublishLease } from './publish-lease.ts';
import { type Lakehouse, readLakehouse } from './relations.ts';
import { servesSandboxAlone } from './sandbox-alone.ts';
import { openQueues } from './side-by-side.ts';
import { beginStaging, openStaging, stopWithStep } from './stage-documents.ts';

export const bronzeStep: Step = {
  name: 'bronze',
  run: async (context) => {
    await holdPublishLease(context);
    await restoreTables(context);
    const lakehouse = readLakehouse();
    const moved = await withdrawOrRestore(context);
    const sealed = await context.landing.listBatches({ sealed: true });
    const batches = sealed.filter(({ withdrawnAt }) => withdrawnAt === null);
    const withdrawn = sealed.length - batches.length;
    const recipe = hashRecipe(lakehouse, context);
    const found = await context.snapshots.readCurrent({ verify: 'LENGTHS' });
    const parent = found?.manifest ?? null;
    const plan = planBuild({
      current: parent,
      // Another one than CURRENT names may have the same batches: nothing would be new, and nothing be healed.
      isDamaged:
        found !== null &&
        (found.warnings.length > 0 || (await context.snapshots.hasDamageNote(found.manifest.id))),
      isSandboxAlone:
        parent !== null && (await servesSandboxAlone(context.config, context.clock, parent, batches)),
      batches,
      recipe,
      isForced: context.run.pipeline === 'TRANSFORM' && context.run.parameters.force === true,
      maxNewShare: context.config.incrementalMaxPercent / 100,
    });
    if (plan.how === 'NOTHING') {
      const nothing = { endsRun: true, rowsIn: 0, rowsOut: 0 } as const;
      // An earlier attempt moved CURRENT, and died before it could say so.
      if (parent?.runId === context.run.id)
        return { ...nothing, snapshotId: parent.id, message: 'an earlier attempt published' };
      return {
        ...nothing,
        status: 'SKIPPED',
        message: [...moved, 'nothing new since the served snapshot'].join('; '),
      };
    }
    const session = await openBuild(context, { batches, recipe, parent, plan, lakehouse });
    const rowsOut = await fillBronze(context, session, batches);
    releaseHeap();
    // Who builds side by side shares the threads out when it begins.
    if (session.atOnce === 1) await limitThreads(session.db, session.threads);
    const message =
      plan.how === 'INCREMENTAL'
        ? `${plan.newBatches.length} new of ${batches.length} sealed batches`
        : `${batches.length} sealed batches, built anew: ${plan.why}`;
    return {
      rowsIn: session.documents,
      rowsOut,
      message: withdrawn > 0 ? `${message}; ${withdrawn} withdrawn` : message,
    };
  },
};

/** A publish or a rollback that died among its commits left them, and what is built now may take long, or fail. No run fails over it. */
async function restoreTables(context: StepContext): Promise<void> {
  try {
    const restored = await context.snapshots.restoreTables(() => confirmPublishLease(context));
    if (restored.length === 0) return;
    const what = restored.length === 1 ? '1 Delta table was' : `${restored.length} Delta tables were`;
    context.event(
      'WARN',
      'tables.restored',
      `${what} brought back to what is served: ${restored.join(', ')}`,
    );
  } catch (error) {
    const message = messageOf(error);
    context.event('WARN', 'tables.not_restored', `Delta tables may not be as what is served: ${message}`);
  }
}

/**
 * Leaves batches out of what is built, or takes them in again, as the run was told: once. A run that is tried again does neither, as
 * somebody may have thought better of it meanwhile.
 *
 * @returns what the run withdrew and restored, for its message
 * @throws InvalidInputError before any is changed
 */
async function withdrawOrRestore({ run, claim, runs, landing, clock }: StepContext): Promise<string[]> {
  const { withdraw = [], restore = [] } = run.parameters as Readonly<Record<string, readonly string[]>>;
  const moved = Object.entries({ withdrawn: withdraw, restored: restore })
    .filter(([, ids]) => ids.length > 0)
    .map(([how, ids]) => `${how}: ${ids.length} ${ids.length === 1 ? 'batch' : 'batches'}`);
  // Asked for afresh: the run of the context is as it was when it was claimed, before an earlier try of this step.
  if (moved.length === 0 || (await runs.findRun(run.id))?.checkpoint?.hasMoved) return moved;
  await checkWithdrawals(landing, withdraw, restore);
  for (const id of withdraw) await landing.withdrawBatch(id, clock.now());
  for (const id of restore) await landing.restoreBatch(id);
  await runs.setCheckpoint(claim, { hasMoved: true });
  return moved;
}

/**
 * Writes what bronze lacks, and shows what the build reads as bronze.documents. Where two statements may run at a time, documents are typed
 * as soon as all of their kind are there: while JavaScript reads the next ones, the engine has little to do. Those of the last kind are
 * left to step silver.
 */
async function fillBronze(
  context: StepContext,
  session: BuildSession,
  batches: readonly Batch[],
): Promise<number> {
  const { db, plan, atOnce, documents } = session;
  const { dataDir } = context.config;
  const merged = await readMergedBronze(db, dataDir);
  const read = plan.how === 'INCREMENTAL' ? plan.newBatches : batches;
  const missing = new Set(batches.flatMap(({ counts }) => counts).map(({ kind }) => kind));
  const show = () =>
    db.run(
      `create or replace view bronze.documents as ${selectBatches(dataDir, leaveOut(missing, read), merged)}`,
    );
  using _ = stopWithStep(context, session);
  try {
    const written = await writeBronze(db, context.landing, dataDir, {
      batches,
      merged,
      signal: context.signal,
      onProgress: (done) => context.progress(done, documents, 'documents to bronze'),
      onKind: async (kind) => {
        missing.delete(kind);
        if (atOnce === 1 || missing.size === 0) return;
        await show();
        beginStaging(session, (asked) => !missing.has(asked as DocumentKind));
      },
    });
    await show();
    return written;
  } catch (error) {
    await session.staging.stop(error);
    throw error;
  }
}

function leaveOut(kinds: ReadonlySet<DocumentKind>, batches: readonly Batch[]): Batch[] {
  return batches.map((batch) => ({ ...batch, counts: batch.counts.filter(({ kind }) => !kinds.has(kind)) }));
}

/** Up to so many new documents a second thread costs more than it brings: a fifth of the processor time of a batch of 2,000. */
const ONE_THREAD_BELOW = 50_000;

function threadsOf({ config }: StepContext, plan: BuildPlan): number {
  const isSmall = plan.how === 'INCREMENTAL' && countDocuments(plan.newBatches) < ONE_THREAD_BELOW;
  return isSmall ? 1 : config.buildThreads;
}

/** Two statements share the engine's memory: so many documents for each of its megabytes are far from where one would need all of it. */
const DOCUMENTS_PER_MB = 1_000;

function atOnceOf({ config }: StepContext, documents: number): number {
  const isRoomy = documents <= DOCUMENTS_PER_MB * config.buildMemoryMb;
  return isRoomy && config.buildThreads > 1 ? 2 : 1;
}

interface Planned extends Pick<BuildSession, 'recipe' | 'parent' | 'plan' | 'lakehouse'> {
  readonly batches: readonly Batch[];
}

async function openBuild(context: StepContext, { batches, ...planned }: Planned): Promise<BuildSession> {
  const { config, snapshots } = context;
  // Whoever builds holds the publish lease, so that what lies here is of builds that died.
  const folder = join(config.dataDir, 'tmp', 'staging');
  await rm(folder, { recursive: true, force: true });
  const candidate = await snapshots.beginCandidate(planned.parent);
  const stagingFolder = join(folder, candidate.snapshotId);
  const db = await openEngine(context, planned.plan);
  const documents = countDocuments(batches);
  const read = planned.plan.how === 'INCREMENTAL' ? planned.plan.newBatches : batches;
  const kinds = new Set(read.flatMap(({ counts }) => counts).map(({ kind }) => kind));
  const session: BuildSession = {
    ...planned,
    db,
    candidate,
    batches: batches.map(({ id }) => id).sort(),
    documents,
    landed: countByKind(batches),
    atOnce: atOnceOf(context, documents),
    threads: threadsOf(context, planned.plan),
    stagingFolder,
    staging: openStaging(db, stagingFolder, kinds),
    relations: [],
    checks: [],
    foundAhead: new Map(),
    coverage: [],
    lineage: [],
    inQueue: openQueues(),
  };
  setBuildSession(context, session);
  for (const schema of ['bronze', 'staging']) await db.run(`create schema ${schema}`);
  await db.run(planned.lakehouse.macros);
  await db.run(nameValue('keep_sandbox', config.keepSandbox));
  return session;
}

/** Bronze is filled by one statement while another takes in what it will write next, and two may type what is there. */
const CONNECTIONS = 4;

/** With one thread for a statement: rows of bronze come from one, and each file is written by one. */
async function openEngine({ config, clock }: StepContext, plan: BuildPlan): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.buildMemoryMb,
    threads: 1,
    maxConnections: CONNECTIONS,
    tempDir: join(config.dataDir, 'tmp', 'build'),
    tempMaxMb: config.tempMaxMb,
    clock,
  });
  // The engine would keep what it has read of files up to its limit, and the system keeps it too. A whole build reads each file a few times
  // and writes more than it reads: without, it holds 100 to 150 MB less.
  if (plan.how !== 'INCREMENTAL') await db.run('set enable_external_file_cache = false');
  return db;
}

/** Everything that decides what is built besides the batches. */
function hashRecipe(lakehouse: Lakehouse, { config }: StepContext): string {
  const { keepSandbox, indexM, indexEfConstruction, indexEf, indexExactBelow, indexContext } = config;
  const index = [RECIPE, INDEX_FORMAT, indexM, indexEfConstruction, indexEf, indexExactBelow, indexContext];
  const options = {
    keepSandbox,
    format: MANIFEST_FORMAT,
    engine: ENGINE_VERSION,
    index,
    lineage: LINEAGE_FORMAT,
  };
  return createHash('sha256').update(lakehouse.hash).update(JSON.stringify(options)).digest('hex');
}
