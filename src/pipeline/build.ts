// Steps silver, gold and warehouse: each builds the relations of its layer in the order that their SQL asks for.
import { isGroovelakeError, TransformError } from '../errors.ts';
import { quoteName } from '../store/duckdb.ts';
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
      const relations = session.lakehouse.relations.filter((relation) => relation.layer === layer);
      await session.db.run(`create schema if not exists ${layer}`);
      let rowsOut = 0;
      for (const [at, relation] of relations.entries()) {
        context.progress(at, relations.length, `${layer}.${relation.name}`);
        rowsOut += await buildRelation(context, session, relation);
      }
      const rejects = session.relations.find((r) => r.layer === 'silver' && r.name === 'rejects');
      return { rowsOut, ...(layer === 'silver' ? { rowsRejected: rejects?.rows ?? 0 } : {}) };
    },
  };
}

/** The warehouse is wide, and a sort of it is what costs most memory: its rows lie as they come. */
function orderOf(layer: LayerFolder, name: string): { orderBy?: string } {
  return layer === 'warehouse' ? {} : { orderBy: LIES_BY[name] ?? '1, 2' };
}

async function buildRelation(
  context: StepContext,
  session: BuildSession,
  relation: RelationSql,
): Promise<number> {
  const name = `${relation.layer}.${relation.name}`;
  try {
    const written = await session.candidate.writeRelation(
      session.db,
      { layer: relation.layer, name: relation.name, select: relation.sql, ...orderOf(relation.layer, name) },
      context.signal,
    );
    replaceByName(session.relations, written);
    await session.db.run(
      `create or replace view ${relation.layer}.${quoteName(relation.name)} as ${selectFiles(context.config.dataDir, written)}`,
    );
    return written.rows;
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

/** A step that is tried again writes its relations anew. */
function replaceByName(relations: WrittenRelation[], written: WrittenRelation): void {
  const place = relations.findIndex(({ layer, name }) => layer === written.layer && name === written.name);
  relations.splice(place < 0 ? relations.length : place, place < 0 ? 0 : 1, written);
}
