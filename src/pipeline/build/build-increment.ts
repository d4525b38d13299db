// Builds a relation from the parent's and what new batches touch (docs/decisions/0007).
//
// What the SQL of a relation finds, besides the relations it reads as they are now: `touched`, one column with the values whose rows it
// answers for; `stale`, the parent's rows of those values; `before.<layer>_<name>`, a relation as the parent has it (all these are put in place
// by resolved-sql.ts, so that two relations can be updated at a time); `changed.<layer>_<name>`, the rows of a relation built earlier that
// came (`is_new`) or went; and `new_tracks`, tracks of which the parent says nothing (new-values.ts).
import type { DuckDb } from '../../store/duckdb.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import { dropWork, freshRows, workTable } from '../../store/snapshots/relation-increment.ts';
import type { RelationSpec } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { StepContext } from '../step.ts';
import type { BuildSession } from './build-session.ts';
import { hasChanged, listChangesRead } from './changed-relations.ts';
import { FRESH_ROWS, makeKeyCheck } from './key-checks.ts';
import { findTouched, OPEN_ASKED } from './new-values.ts';
import { leaveOutStale, type RelationSql, readTouchedColumn } from './relations.ts';
import { resolveSql } from './resolved-sql.ts';
import { passCheck, runCheck } from './run-check.ts';
import { keyOf } from './slices.ts';

export async function openIncrement(db: DuckDb): Promise<void> {
  const schemas = ['changed', 'work'].map((schema) => `create schema if not exists ${schema}`);
  await db.run([...schemas, OPEN_ASKED].join(';\n'));
}

export type UpdateSpec = Pick<RelationSpec, 'layer' | 'name' | 'orderBy' | 'compression'>;

export async function updateRelation(
  context: StepContext,
  session: BuildSession,
  parent: Manifest,
  relation: RelationSql,
  spec: UpdateSpec,
): Promise<WrittenRelation> {
  const { db, candidate } = session;
  const { dataDir } = context.config;
  const written = { ...spec, ...keyOf(relation), countsValues: spec.layer === 'gold' };
  const reader = { session, dataDir, updated: spec };
  const update = (
    change: Parameters<typeof candidate.updateRelation>[2],
    sql = relation.incrementalSql,
    inPart: readonly string[] = [],
  ) => {
    const select = change.how === 'KEEP' ? sql : resolveSql(sql, { ...reader, inPart });
    return candidate.updateRelation(db, { ...written, select }, change, context.signal);
  };
  if (isUntouched(session, relation)) return update({ how: 'KEEP' });
  if (relation.touchedSql === null) return update({ how: 'WHOLE' });
  const column = readTouchedColumn(relation.touchedSql);
  const { values, isNew } = await findTouched(
    { dataDir, db, parent, inQueue: session.inQueue, signal: context.signal },
    {
      layer: spec.layer,
      column,
      table: workTable('touched', spec),
      select: resolveSql(relation.touchedSql, reader),
    },
  );
  if (values === 0) return update({ how: 'KEEP' });
  const updated = isNew
    ? await update(
        { how: 'TOUCHED', column, isNew },
        leaveOutStale(relation.incrementalSql),
        relation.touchedOnly,
      )
    : await update({ how: 'TOUCHED', column, isNew });
  await noteKey(session, relation, updated, freshRows({ ...spec, touched: column, isNew }));
  if (!isNew) await dropWork(db, spec);
  return updated;
}

/** Whether nothing that the relation is made from, or whose changes touch it, has changed: then it is what it was. */
function isUntouched(session: BuildSession, { reads, touchedSql }: RelationSql): boolean {
  const isSame = (relation: string) => !hasChanged(session, relation);
  if (touchedSql === null) return reads.every(isSame);
  const changes = listChangesRead(touchedSql);
  return changes.length > 0 && !/\bstaging\./.test(touchedSql) && changes.every(isSame);
}

/** A key that was seen to be one needs no check of its own; else it is looked for where all rows of what is touched are. */
async function noteKey(
  { db, foundAhead }: BuildSession,
  relation: RelationSql,
  { measured }: WrittenRelation,
  fresh: string,
): Promise<void> {
  const check = makeKeyCheck(relation);
  if (!check?.incrementalSql) return;
  const sql = check.incrementalSql.replaceAll(FRESH_ROWS, fresh);
  foundAhead.set(
    check.name,
    measured?.isKeyed ? passCheck(check) : await runCheck(db, { name: check.name, sql }),
  );
}
