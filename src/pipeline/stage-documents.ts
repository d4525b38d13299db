// Types the documents of a build once, before silver reads them.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteName, quoteText } from '../store/duckdb.ts';
import { explainFailure } from './build-failure.ts';
import { type BuildSession, shareThreads } from './build-session.ts';
import type { RelationSql } from './relations.ts';
import { runSideBySide } from './side-by-side.ts';
import type { StepContext } from './step.ts';

/** A writer holds a row group per thread: of rows of forty texts, the default of 122,880 would be most of a build's memory. */
const ROW_GROUP_ROWS = 20_480;

/**
 * Builds lakehouse/staging into files of this build that nobody else reads: quick to write, quick to read again, and not held in
 * memory. They go with the build, and are not compressed: that took 0.2 processor seconds of 171,000 tracks, for a quarter of the bytes.
 */
export async function stageDocuments(context: StepContext, session: BuildSession): Promise<void> {
  const { db } = session;
  const relations = session.lakehouse.relations.filter(({ layer }) => layer === 'staging');
  await mkdir(session.stagingFolder, { recursive: true });
  await db.run('create schema if not exists staging');
  let begun = 0;
  const stage = async (relation: RelationSql) => {
    context.progress(begun++, relations.length, `documents: ${relation.name}`);
    const path = quoteText(join(session.stagingFolder, `${relation.name}.parquet`));
    await explainFailure(context, relation, async () => {
      const options = `format parquet, compression uncompressed, row_group_size ${ROW_GROUP_ROWS}`;
      await db.run(`copy (${relation.sql}) to ${path} (${options})`, [], {
        signal: context.signal,
      });
      await db.run(
        `create or replace view staging.${quoteName(relation.name)} as select * from read_parquet(${path})`,
      );
    });
  };
  await runSideBySide({
    jobs: relations.map((relation) => ({ name: relation.name, after: [], relation })),
    atOnce: session.atOnce,
    run: ({ relation }) => stage(relation),
    ...shareThreads(context, session),
  });
}
