// Builds a relation from the parent's and what new batches touch (docs/decisions/0007).
//
// What the SQL of a relation finds, besides the relations it reads as they are now: `touched`, one column with the values whose rows it
// answers for; `stale`, the parent's rows of those values; `before.<layer>_<name>`, a relation as the parent has it; and `changed.<layer>_<name>`, the rows of a relation built
// earlier that came (`is_new`) or went.
import { invariant } from '../errors.ts';
import { type DuckDb, quoteName } from '../store/duckdb.ts';
import type { Manifest } from '../store/snapshots/manifest.ts';
import { freshRows } from '../store/snapshots/relation-increment.ts';
import { type RelationSpec, selectFiles } from '../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../store/snapshots/snapshot-store.ts';
import type { BuildSession } from './build-session.ts';
import { hasChanged, listChangesRead } from './changed-relations.ts';
import { FRESH_ROWS, makeKeyCheck } from './key-checks.ts';
import type { RelationSql } from './relations.ts';
import { passCheck, runCheck } from './run-check.ts';
import { keyOf } from './slices.ts';
import type { StepContext } from './step.ts';

export async function openIncrement(db: DuckDb): Promise<void> {
  for (const schema of ['before', 'changed', 'work']) await db.run(`create schema if not exists ${schema}`);
}

export type UpdateSpec = Pick<RelationSpec, 'layer' | 'name' | 'orderBy' | 'compression'>;

/**
 * Where every value of a column is, whatever relation of the parent has it. Values that are in none of these are new to the parent, and
 * its files need not be read for them. Columns of small relations are not worth asking.
 */
const TRACKS = ['tracks.track_id', 'audio_features.track_id'];
const FOUND_IN: Readonly<Record<string, { readonly table: string; readonly places: readonly string[] }>> = {
  track_id: { table: 'known_tracks', places: TRACKS },
  recording_id: { table: 'known_tracks', places: TRACKS },
  entity_id: {
    table: 'known_entities',
    places: [
      ...TRACKS,
      'albums.album_id',
      'artists.artist_id',
      'rankings.artist_id',
      'playlists.playlist_id',
    ],
  },
};

export async function updateRelation(
  context: StepContext,
  session: BuildSession,
  parent: Manifest,
  relation: RelationSql,
  spec: UpdateSpec,
): Promise<WrittenRelation> {
  const { db, candidate } = session;
  const { dataDir } = context.config;
  const written = {
    ...spec,
    ...keyOf(relation),
    select: relation.incrementalSql,
    countsValues: spec.layer === 'gold',
  };
  const update = (change: Parameters<typeof candidate.updateRelation>[2]) =>
    candidate.updateRelation(db, written, change, context.signal);
  if (isUntouched(session, relation)) return update({ how: 'KEEP' });
  await showBefore(dataDir, db, parent, relation);
  if (relation.grows) return update({ how: 'GROW' });
  if (relation.touchedSql === null) return update({ how: 'WHOLE' });
  const column = await findTouched(db, relation.touchedSql);
  if (column === null) return update({ how: 'KEEP' });
  const isNew = await isNewToParent(dataDir, db, parent, column);
  const narrowed = isNew
    ? session.relations.filter(({ layer, name }) => relation.touchedOnly.includes(`${layer}.${name}`))
    : [];
  for (const input of narrowed) await showRelation(dataDir, db, input, listNewFiles(input, parent));
  const updated = await update({ how: 'TOUCHED', column, isNew });
  await noteKey(session, relation, updated, freshRows({ ...written, touched: column, isNew }));
  for (const input of narrowed) await showRelation(dataDir, db, input, input.files);
  return updated;
}

/** Whether nothing that the relation is made from, or whose changes touch it, has changed: then it is what it was. */
function isUntouched(session: BuildSession, { reads, touchedSql }: RelationSql): boolean {
  const isSame = (relation: string) => !hasChanged(session, relation);
  if (touchedSql === null) return reads.every(isSame);
  const changes = listChangesRead(touchedSql);
  return changes.length > 0 && !/\bstaging\./.test(touchedSql) && changes.every(isSame);
}

/** Fills `touched`. @returns its column, or null when nothing is touched */
async function findTouched(db: DuckDb, sql: string): Promise<string | null> {
  const [found] = await db.all<Record<string, unknown>>(
    `create or replace table touched as select distinct * from (${sql}\n); from touched limit 1`,
  );
  return found ? (Object.keys(found)[0] ?? null) : null;
}

/** Whether none of the touched values is the parent's. What is found out of a value is kept: most relations are touched by the same ones. */
async function isNewToParent(
  dataDir: string,
  db: DuckDb,
  parent: Manifest,
  column: string,
): Promise<boolean> {
  const found = FOUND_IN[column];
  if (!found) return false;
  const asked = `work.asked_${found.table}`;
  const count = async (first: string) => {
    const [row] = await db.all<{ known: number; open: number }>(
      `${first};
       select count(*) filter (where a.is_known) as known, count(*) filter (where a.id is null) as open
       from touched t left join ${asked} a on a.id = t.${quoteName(column)}`,
    );
    return row ?? { known: 0, open: 0 };
  };
  const before = await count(`create table if not exists ${asked} (id varchar, is_known boolean)`);
  if (before.known > 0 || before.open === 0) return before.known === 0;
  await showKnown(dataDir, db, parent, found);
  const ask = `insert into ${asked} select id, id in (select id from work.${found.table} where id in (from touched))
     from (select ${quoteName(column)} as id from touched) where id not in (select id from ${asked})`;
  return (await count(ask)).known === 0;
}

async function showKnown(
  dataDir: string,
  db: DuckDb,
  parent: Manifest,
  found: { readonly table: string; readonly places: readonly string[] },
): Promise<void> {
  const selects = found.places.map((place) => {
    const [name, key = ''] = place.split('.');
    const relation = parent.relations.find((other) => other.layer === 'silver' && other.name === name);
    invariant(relation, `the parent of an incremental build has silver.${name}`);
    return `select ${quoteName(key)} as id from (${selectFiles(dataDir, relation)})`;
  });
  await db.run(`create table if not exists work.${found.table} as ${selects.join(' union all ')}`);
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

function listNewFiles(relation: WrittenRelation, parent: Manifest): WrittenRelation['files'] {
  const before = parent.relations.find(
    ({ layer, name }) => layer === relation.layer && name === relation.name,
  );
  const old = new Set(before?.files.map(({ path }) => path));
  return relation.files.filter(({ path }) => !old.has(path));
}

/** Lets layer.name read these files of a relation; none: no rows, in the same columns. */
async function showRelation(
  dataDir: string,
  db: DuckDb,
  relation: WrittenRelation,
  files: WrittenRelation['files'],
): Promise<void> {
  const select =
    files.length > 0 ? selectFiles(dataDir, { files }) : `${selectFiles(dataDir, relation)} where false`;
  await db.run(`create or replace view ${relation.layer}.${quoteName(relation.name)} as ${select}`);
}

/** Makes the relations that the SQL names as `before.<layer>_<name>` available, as the parent has them. */
async function showBefore(
  dataDir: string,
  db: DuckDb,
  parent: Manifest,
  relation: RelationSql,
): Promise<void> {
  const named = `${relation.incrementalSql}\n${relation.touchedSql ?? ''}`.matchAll(/\bbefore\.([a-z_]+)/g);
  for (const name of new Set([...named].map((match) => match[1] ?? ''))) {
    const found = parent.relations.find((other) => `${other.layer}_${other.name}` === name);
    invariant(found, `the parent of an incremental build has every relation, "${name}" too`);
    await db.run(`create view if not exists before.${quoteName(name)} as ${selectFiles(dataDir, found)}`);
  }
}
