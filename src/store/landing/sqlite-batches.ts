// Lists of batches in the embedded landing store.
import type { DatabaseSync } from 'node:sqlite';
import type { Batch, BatchFilter, LandingStore } from './landing-store.ts';
import { type BatchRow, toBatch } from './sqlite-statements.ts';

export function listBatches(db: DatabaseSync, filter: BatchFilter): Batch[] {
  const { sql, values } = toWhere(filter);
  return readBatches(db, `${sql} order by opened_at, id`, values);
}

export function listNewestBatches(
  db: DatabaseSync,
  { filter = {}, first, after }: Parameters<LandingStore['listNewestBatches']>[0],
): { batches: Batch[]; hasMore: boolean } {
  const { sql, values } = toWhere(filter);
  const place = after === undefined ? [] : readBatches(db, 'id = ?', [after]);
  const found = readBatches(
    db,
    `${sql} ${place.length > 0 ? 'and (opened_at, id) < (?, ?)' : ''} order by opened_at desc, id desc limit ?`,
    [...values, ...place.flatMap(({ openedAt, id }) => [openedAt, id]), first + 1],
  );
  return { batches: found.slice(0, first), hasMore: found.length > first };
}

export function countBatches(db: DatabaseSync, filter: BatchFilter): number {
  const { sql, values } = toWhere(filter);
  return (
    db.prepare(`select count(*) as n from batches where ${sql}`).get(...values) as unknown as { n: number }
  ).n;
}

type Value = string | number;

function readBatches(db: DatabaseSync, where: string, values: readonly Value[]): Batch[] {
  const rows = db.prepare(`select * from batches where ${where}`).all(...values);
  return (rows as unknown as BatchRow[]).map(toBatch);
}

const STATUS = `case when sealed_at is null then 'OPEN' when withdrawn_at is null then 'SEALED' else 'WITHDRAWN' end`;
const IN = 'in (select value from json_each(?))';

/** Lists are bound as JSON: those of a snapshot's batches have thousands of ids. */
function toWhere({ sealed, statuses, sources, runIds, ids, notIds }: BatchFilter): {
  sql: string;
  values: Value[];
} {
  const parts: [sql: string, ...lists: (readonly string[] | undefined)[]][] = [
    [`${STATUS} ${IN}`, statuses],
    [`source ${IN}`, sources],
    [`(run_id ${IN} or json_extract(note, '$.wantedBy') ${IN})`, runIds, runIds],
    [`id ${IN}`, ids],
    [`id not ${IN}`, notIds],
  ];
  const given = parts.filter(([, list]) => list !== undefined);
  const isSealed = sealed === undefined ? [] : [`sealed_at is ${sealed ? 'not ' : ''}null`];
  return {
    sql: ['true', ...isSealed, ...given.map(([sql]) => sql)].join(' and '),
    values: given.flatMap(([, ...lists]) => lists.map((list) => JSON.stringify(list))),
  };
}
