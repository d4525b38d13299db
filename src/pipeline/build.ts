// Steps silver, gold and warehouse: each builds the relations of its layer in the order that their SQL asks for.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isGroovelakeError, TransformError } from '../errors.ts';
import { quoteName, quoteText } from '../store/duckdb.ts';
import type { LayerFolder } from '../store/snapshots/manifest.ts';
import { selectFiles } from '../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import { type BuildSession, getBuildSession } from './build-session.ts';
import type { RelationSql } from './relations.ts';
import type { Step, StepContext } from './step.ts';

/** How rows lie in the files: what is asked for by popularity is found at the beginning (BASELINES, Serving). */
const LIES_BY: Readonly<Record<string, string>> = {
  'gold.artists': 'popularity desc nulls last, artist_id',
  'gold.albums': 'popularity desc nulls last, album_id',
  'gold.tracks': 'popularity desc nulls last, track_id',
};

export const silverStep = createBuildStep('silver');
export const goldStep = createBuildStep('gold');
export const warehouseStep = createBuildStep('warehouse');

function createBuildStep(layer: LayerFolder): Step {
  return {
    name: layer,
    run: async (context) => {
      const session = getBuildSession(context);
      if (layer === 'silver') await stageDocuments(context, session);
      const relations = session.lakehouse.relations.filter((relation) => relation.layer === layer);
      await session.db.run(`create schema if not exists ${layer}`);
      let rowsOut = 0;
      for (const [at, relation] of relations.entries()) {
        context.progress(at, relations.length, `${layer}.${relation.name}`);
        rowsOut += await explainFailure(context, relation, () =>
          buildRelation(context, session, relation, layer),
        );
      }
      const rejects = session.relations.find((r) => r.layer === 'silver' && r.name === 'rejects');
      return { rowsOut, ...(layer === 'silver' ? { rowsRejected: rejects?.rows ?? 0 } : {}) };
    },
  };
}

/** The warehouse is wide, and a sort of it is what costs most memory: its rows lie as they come. So do those of silver. */
function orderOf(layer: LayerFolder, name: string): { orderBy?: string } {
  return layer === 'gold' ? { orderBy: LIES_BY[`gold.${name}`] ?? '1, 2' } : {};
}

async function buildRelation(
  context: StepContext,
  session: BuildSession,
  relation: RelationSql,
  layer: LayerFolder,
): Promise<number> {
  const written = await session.candidate.writeRelation(
    session.db,
    { layer, name: relation.name, select: relation.sql, ...orderOf(layer, relation.name) },
    context.signal,
  );
  replaceByName(session.relations, written);
  await session.db.run(
    `create or replace view ${layer}.${quoteName(relation.name)} as ${selectFiles(context.config.dataDir, written)}`,
  );
  return written.rows;
}

async function explainFailure<T>(
  context: StepContext,
  relation: RelationSql,
  work: () => Promise<T>,
): Promise<T> {
  const name = `${relation.layer}.${relation.name}`;
  try {
    return await work();
  } catch (error) {
    context.event('ERROR', 'build.failed', `${name} could not be built`);
    if (isGroovelakeError(error)) throw error;
    throw new TransformError(
      name,
      `"${name}" could not be built: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
        hint: 'Nothing was published; the served snapshot stays. Mend the SQL in lakehouse/, then retry the run.',
      },
    );
  }
}

/**
 * Types the documents once, into files of this build that nobody else reads: quick to write, quick to read again, and not held in
 * memory. They go with the build.
 */
async function stageDocuments(context: StepContext, session: BuildSession): Promise<void> {
  const { db } = session;
  const relations = session.lakehouse.relations.filter(({ layer }) => layer === 'staging');
  await mkdir(session.stagingFolder, { recursive: true });
  await db.run('create schema if not exists staging');
  for (const [at, relation] of relations.entries()) {
    context.progress(at, relations.length, `documents: ${relation.name}`);
    const path = quoteText(join(session.stagingFolder, `${relation.name}.parquet`));
    await explainFailure(context, relation, async () => {
      await db.run(`copy (${relation.sql}) to ${path} (format parquet, compression lz4)`, [], {
        signal: context.signal,
      });
      await db.run(
        `create or replace view staging.${quoteName(relation.name)} as select * from read_parquet(${path})`,
      );
    });
  }
}

/** A step that is tried again writes its relations anew. */
function replaceByName(relations: WrittenRelation[], written: WrittenRelation): void {
  const place = relations.findIndex(({ layer, name }) => layer === written.layer && name === written.name);
  relations.splice(place < 0 ? relations.length : place, place < 0 ? 0 : 1, written);
}
