// Steps silver, gold and warehouse: each builds the relations of its layer in the order that their SQL asks for, silver those of staging too.
import { join } from 'node:path';
import { quoteName } from '../../store/duckdb.ts';
import type { LayerFolder } from '../../store/snapshots/manifest.ts';
import { type Compression, selectFiles } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { Step, StepContext } from '../step.ts';
import { explainFailure } from './build-failure.ts';
import { openIncrement, type UpdateSpec, updateRelation } from './build-increment.ts';
import { type BuildSession, getBuildSession, shareThreads } from './build-session.ts';
import { makeKeyCheck } from './key-checks.ts';
import { blameDamage } from './parent-damage.ts';
import type { BuildLayer, RelationSql } from './relations.ts';
import { reportContradictions } from './report-contradictions.ts';
import { reportRejects } from './report-rejects.ts';
import { passCheck } from './run-check.ts';
import { runSideBySide } from './side-by-side.ts';
import { openSlices } from './slices.ts';
import { stageRelation, stopWithStep } from './stage-documents.ts';

/**
 * How rows lie in the files: what is asked for by popularity is found at the beginning. All others lie as they come: by key
 * nobody finds a row of theirs sooner, since the rows that a batch touches are spread over a file however it is sorted.
 */
const LIES_BY: Readonly<Record<string, string>> = {
  artists: 'popularity desc nulls last, artist_id',
  albums: 'popularity desc nulls last, album_id',
  tracks: 'popularity desc nulls last, track_id',
};

/**
 * Relations of ids, hashes and moments, of which snappy saves less than a quarter: 17 MB of 310 with 171,000 tracks, for 0.2 processor seconds
 * of writing and reading them once.
 */
const HARDLY_SHRINKS: ReadonlySet<string> = new Set([
  'silver.audio_features',
  'silver.observations',
  'silver.track_artists',
  'gold.external_ids',
  'gold.observations',
  'gold.provenance',
  'gold.recordings',
  'gold.track_artists',
]);

export const silverStep = createBuildStep('silver');
export const goldStep = createBuildStep('gold');
export const warehouseStep = createBuildStep('warehouse');

/**
 * What the engine does not decide in a full build of gold and warehouse. Of two sides about as large it takes the one with more columns into
 * memory, every track with all that was joined to it so far; and it keeps what two parts of a statement read alike, all columns of it. Both
 * went to disk and back from 1.7 million tracks on. The SQL names what is large first, and reads again what is cheap to read.
 */
const LEFT_TO_THE_SQL = 'build_side_probe_side, common_subplan';

function createBuildStep(layer: LayerFolder): Step {
  return {
    name: layer,
    run: async (context) => {
      const session = getBuildSession(context);
      using _ = stopWithStep(context, session);
      if (layer === 'silver' && session.plan.how === 'INCREMENTAL') await openIncrement(session.db);
      const layers: readonly BuildLayer[] = layer === 'silver' ? ['staging', layer] : [layer];
      const relations = session.lakehouse.relations.filter((relation) => layers.includes(relation.layer));
      // What a batch touches is asked of documents that a relation itself may not read: all of them come first.
      const isIncremental = session.plan.how === 'INCREMENTAL';
      const first = isIncremental ? relations.filter(isStaging).map(nameOf) : [];
      await session.db.run(`create schema if not exists ${layer}`);
      let rowsOut = 0;
      const isAsWritten = layer !== 'silver' && session.plan.how === 'FULL';
      if (isAsWritten) await session.db.run(`set disabled_optimizers = '${LEFT_TO_THE_SQL}'`);
      try {
        let begun = 0;
        const jobs = relations.map((relation) => ({
          name: nameOf(relation),
          after: isStaging(relation)
            ? []
            : [...(isIncremental ? relation.incrementalReads : relation.reads), ...first],
          weight: countRowsRead(session, relation),
          relation,
        }));
        await blameDamage(context, session, () =>
          runSideBySide({
            jobs,
            atOnce: session.atOnce,
            run: async ({ name, relation }) => {
              context.progress(begun++, relations.length, name);
              if (isStaging(relation)) return stageRelation(context, session, relation);
              const rows = await explainFailure(context, relation, () =>
                buildRelation(context, session, relation, layer),
              );
              // Another one may have been counted meanwhile.
              rowsOut += rows;
            },
            ...shareThreads(session),
          }),
        );
      } finally {
        if (isAsWritten) await session.db.run('reset disabled_optimizers');
      }
      if (layer !== 'silver') return { rowsOut };
      await reportContradictions(context, session);
      return { rowsOut, rowsRejected: await reportRejects(context, session) };
    },
  };
}

const isStaging = ({ layer }: RelationSql) => layer === 'staging';
const nameOf = ({ layer, name }: Pick<RelationSql, 'layer' | 'name'>) => `${layer}.${name}`;

async function buildRelation(
  context: StepContext,
  session: BuildSession,
  relation: RelationSql,
  layer: LayerFolder,
): Promise<number> {
  const spec = {
    layer,
    name: relation.name,
    compression: chooseCompression(context, nameOf(relation)),
    ...orderOf(layer, relation.name),
  };
  const written =
    session.plan.how === 'INCREMENTAL'
      ? await updateRelation(context, session, session.plan.parent, relation, spec)
      : await writeWhole(context, session, relation, spec);
  replaceByName(session.relations, written);
  if (session.plan.how === 'INCREMENTAL') return written.rows;
  noteKey(session, relation, written.measured?.isKeyed === true);
  await session.db.run(
    `create or replace view ${layer}.${quoteName(relation.name)} as ${selectFiles(context.config.dataDir, written)}`,
  );
  return written.rows;
}

async function writeWhole(
  { config, signal }: StepContext,
  { db, candidate, relations, stagingFolder }: BuildSession,
  relation: RelationSql,
  spec: UpdateSpec,
): Promise<WrittenRelation> {
  const { close, ...plan } = await openSlices(relation, {
    db,
    written: relations,
    dataDir: config.dataDir,
    folder: join(stagingFolder, 'slices', `${spec.layer}.${spec.name}`),
    buildSliceRows: config.buildSliceRows,
    orderBy: spec.orderBy,
    signal,
  });
  const { columnsOf } = relation;
  const source = columnsOf && relations.find((each) => nameOf(each) === columnsOf.of);
  try {
    return await candidate.writeRelation(
      db,
      {
        ...spec,
        ...plan,
        countsValues: spec.layer === 'gold',
        ...(source ? { columnsOf: { files: source.files, columns: columnsOf.columns } } : {}),
      },
      signal,
    );
  } finally {
    await close();
  }
}

/** Whoever asks for less disk gets it everywhere. */
function chooseCompression({ config }: StepContext, name: string): Compression {
  const { parquetCompression: chosen } = config;
  return chosen === 'snappy' && HARDLY_SHRINKS.has(name) ? 'uncompressed' : chosen;
}

/** Rows of what a relation reads, as far as it has been built. */
function countRowsRead({ relations }: BuildSession, { reads }: RelationSql): number {
  return relations
    .filter((relation) => reads.includes(nameOf(relation)))
    .reduce((sum, { rows }) => sum + rows, 0);
}

function orderOf(layer: LayerFolder, name: string): { orderBy?: string } {
  const orderBy = layer === 'gold' ? LIES_BY[name] : undefined;
  return orderBy === undefined ? {} : { orderBy };
}

/** A key that was seen to be one while its relation was measured needs no check of its own. */
function noteKey({ foundAhead }: BuildSession, relation: RelationSql, isKeyed: boolean): void {
  const check = makeKeyCheck(relation);
  if (check && isKeyed) foundAhead.set(check.name, passCheck(check));
  else if (check) foundAhead.delete(check.name);
}

/** A step that is tried again writes its relations anew. */
function replaceByName(relations: WrittenRelation[], written: WrittenRelation): void {
  const place = relations.findIndex(({ layer, name }) => layer === written.layer && name === written.name);
  relations.splice(place < 0 ? relations.length : place, place < 0 ? 0 : 1, written);
}
