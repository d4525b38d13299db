// Step bronze: takes the publish lease, writes what has been sealed since, and opens the build.
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RECIPE } from '../recommend/recipe.ts';
import { FORMAT as INDEX_FORMAT } from '../recommend/similarity-files.ts';
import { type DuckDb, ENGINE_VERSION, limitThreads, openDuckDb } from '../store/duckdb.ts';
import { MANIFEST_FORMAT } from '../store/snapshots/manifest.ts';
import { writeBronze } from './bronze-files.ts';
import { type BuildPlan, countDocuments, planBuild } from './build-plan.ts';
import { setBuildSession } from './build-session.ts';
import { LINEAGE_FORMAT } from './lineage/column-lineage.ts';
import { readMergedBronze, selectBatches } from './merged-bronze.ts';
import { holdPublishLease } from './publish-lease.ts';
import { type Lakehouse, readLakehouse } from './relations.ts';
import { releaseHeap } from './release-heap.ts';
import type { Step, StepContext } from './step.ts';

export const bronzeStep: Step = {
  name: 'bronze',
  run: async (context) => {
    await holdPublishLease(context);
    const lakehouse = readLakehouse();
    const batches = await context.landing.listBatches({ sealed: true });
    const recipe = hashRecipe(lakehouse, context);
    const parent = (await context.snapshots.readCurrent({ quick: true }))?.manifest ?? null;
    const plan = planBuild({
      current: parent,
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
        message: 'nothing new since the served snapshot',
      };
    }
    await rm(stagingFolder(context), { recursive: true, force: true });
    const db = await openBuild(context, plan);
    const { dataDir } = context.config;
    const merged = await readMergedBronze(db, dataDir);
    let rowsIn = 0;
    let rowsOut = 0;
    for (const [at, batch] of batches.entries()) {
      context.signal.throwIfAborted();
      rowsIn += batch.counts.reduce((sum, count) => sum + count.documents, 0);
      const onProgress = () => context.progress(at, batches.length, `batch ${batch.id}`);
      rowsOut += await writeBronze(db, context.landing, dataDir, batch, onProgress, merged);
    }
    releaseHeap();
    const documents = countDocuments(batches);
    const atOnce = atOnceOf(context, plan, documents);
    // Who builds side by side shares the threads out when it begins.
    if (atOnce === 1) await limitThreads(db, threadsOf(context, plan));
    const read = plan.how === 'INCREMENTAL' ? plan.newBatches : batches;
    await db.run('create schema bronze');
    await db.run(`create view bronze.documents as ${selectBatches(dataDir, read, merged)}`);
    await db.run(lakehouse.macros);
    await db.run(`set variable keep_sandbox = ${context.config.keepSandbox}`);
    const candidate = await context.snapshots.beginCandidate();
    setBuildSession(context, {
      db,
      candidate,
      batches: batches.map(({ id }) => id).sort(),
      atOnce,
      recipe,
      parent,
      plan,
      stagingFolder: join(stagingFolder(context), candidate.snapshotId),
      relations: [],
      lakehouse,
      checks: [],
      foundAhead: new Map(),
      coverage: [],
      lineage: [],
    });
    const message =
      plan.how === 'INCREMENTAL'
        ? `${plan.newBatches.length} new of ${batches.length} sealed batches`
        : `${batches.length} sealed batches, built anew: ${plan.why}`;
    return { rowsIn, rowsOut, message };
  },
};

/** Whoever builds holds the publish lease, so that what lies here is of builds that died. */
function stagingFolder({ config }: StepContext): string {
  return join(config.dataDir, 'tmp', 'staging');
}

/** Up to so many new documents a second thread costs more than it brings: a fifth of the processor time of a batch of 2,000. */
const ONE_THREAD_BELOW = 50_000;

function threadsOf({ config }: StepContext, plan: BuildPlan): number {
  const isSmall = plan.how === 'INCREMENTAL' && countDocuments(plan.newBatches) < ONE_THREAD_BELOW;
  return isSmall ? 1 : config.buildThreads;
}

/** Two statements share the engine's memory: so many documents for each of its megabytes are far from where one would need all of it. */
const DOCUMENTS_PER_MB = 1_000;

/** An update of a relation leaves what it works with under names that the next one uses too. */
function atOnceOf({ config }: StepContext, plan: BuildPlan, documents: number): number {
  const isRoomy = documents <= DOCUMENTS_PER_MB * config.buildMemoryMb;
  return plan.how === 'FULL' && isRoomy && config.buildThreads > 1 ? 2 : 1;
}

/** With one thread for a statement: rows of bronze come from one, and each file is written by one. */
async function openBuild({ config, clock }: StepContext, plan: BuildPlan): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: config.buildMemoryMb,
    threads: 1,
    // Two statements side by side, and the parse of one beside them (checks).
    maxConnections: 3,
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
