// Creating and reading runs, and their steps and events.
import { CLOCK_SLACK_MS, type Randomness } from '../../clock.ts';
import type { SqliteDb, SqlValue } from '../sqlite-db.ts';
import { hashCanonical } from './canonical.ts';
import { listSameWork, newRun, newStep, queuedEvent } from './run-record.ts';
import {
  type NewRun,
  type Overlap,
  type PipelineName,
  type Run,
  type RunDayTotal,
  type RunEvent,
  type RunFilter,
  type RunStatusCount,
  type RunStore,
  UNDER_WAY,
} from './run-store.ts';
import { quoteStatuses, type Records, type RunRow, toRun } from './sqlite-records.ts';

type RunLog = Pick<
  RunStore,
  | 'createRun'
  | 'findRun'
  | 'listRuns'
  | 'countRuns'
  | 'countRunsByStatus'
  | 'totalRunsByDay'
  | 'findLastRun'
  | 'findLastEnded'
  | 'listSteps'
  | 'appendEvent'
  | 'listEvents'
  | 'countEvents'
  | 'listRunsSaying'
>;

const IS_OF_LEVELS = `and event ->> '$.level' in (select value from json_each(?))`;

export function createRunLog(db: SqliteDb, records: Records, random: Randomness): RunLog {
  const findSame = (input: NewRun): Run | null => {
    const known =
      input.idempotencyKey === undefined
        ? undefined
        : db.one<RunRow>('select * from runs where idempotency_key = ?', input.idempotencyKey);
    const statuses = listSameWork(input);
    const same =
      known ??
      db.one<RunRow>(
        `select * from runs where pipeline = ? and parameters_hash = ?
           and status in (${statuses.map(() => '?').join(', ')}) order by +created_at, id`,
        input.pipeline,
        hashCanonical(input.parameters),
        ...statuses,
      );
    return same ? toRun(same) : null;
  };

  /** The run that keeps a new one of its pipeline from being queued. One that is parked is in nobody's way. */
  const findBlocker = (pipeline: PipelineName, overlap: Overlap): Run | null => {
    const statuses = quoteStatuses(overlap === 'SKIP' ? [...UNDER_WAY, 'QUEUED'] : ['QUEUED']);
    const row = db.one<RunRow>(
      `select * from runs where pipeline = ? and status in (${statuses})
         order by status = 'QUEUED', +created_at, id`,
      pipeline,
    );
    return row ? toRun(row) : null;
  };

  return {
    createRun: (input, steps) =>
      db.transact(() => {
        const same = findSame(input);
        if (same) return { run: same, wasCreated: false, isBusy: false };
        const blocker = input.overlap ? findBlocker(input.pipeline, input.overlap) : null;
        if (blocker) return { run: blocker, wasCreated: false, isBusy: true };
        const run = records.writeRun(newRun(input, random));
        for (const [position, name] of steps.entries()) records.writeStep(newStep(run.id, name, position));
        records.append(run.id, queuedEvent(input));
        return { run, wasCreated: true, isBusy: false };
      }),
    findRun: (id) => db.query(() => records.readRun(id)),
    listRuns: ({ filter = {}, first, after }) =>
      db.query(() => {
        const where = toWhere(filter);
        const place = after === undefined ? null : records.readRun(after);
        const createdAt = filter.endedSince === undefined ? 'created_at' : '+created_at';
        const rows = db.all<RunRow>(
          `select * from runs where ${where.sql} ${place ? 'and (created_at, id) < (?, ?)' : ''}
             order by ${createdAt} desc, id desc limit ?`,
          ...where.values,
          ...(place ? [place.createdAt, place.id] : []),
          first + 1,
        );
        return { runs: rows.slice(0, first).map(toRun), hasMore: rows.length > first };
      }),
    countRuns: (filter = {}) =>
      db.query(() => {
        const where = toWhere(filter);
        const sql = `select count(*) as n from runs where ${where.sql}`;
        return db.one<{ n: number }>(sql, ...where.values)?.n ?? 0;
      }),
    countRunsByStatus: () =>
      db.query(() =>
        db
          .all<RunStatusCount>(
            'select pipeline, status, count(*) as runs from runs group by pipeline, status order by pipeline, status',
          )
          .map((row) => ({ ...row })),
      ),
    totalRunsByDay: (filter = {}) =>
      db.query(() => {
        const where = toWhere(filter);
        return db
          .all<RunDayTotal>(
            `select strftime('%Y-%m-%d', created_at / 1000, 'unixepoch') as day, pipeline, status, count(*) as runs,
               coalesce(sum(iif(json_valid(run), ended_at - run ->> '$.startedAt', null)), 0) as durationMs
             from runs where ${where.sql} group by 1, 2, 3 order by day desc, pipeline, status`,
            ...where.values,
          )
          .map((row) => ({ ...row }));
      }),
    findLastRun: (pipeline) =>
      db.query(() => {
        const sql = 'select * from runs where pipeline = ? order by created_at desc, id desc limit 1';
        const row = db.one<RunRow>(sql, pipeline);
        return row ? toRun(row) : null;
      }),
    findLastEnded: (pipeline, { statuses, now }) =>
      db.query(() => {
        const where = toWhere({ pipelines: [pipeline], statuses });
        const find = (until: number) =>
          db.one<RunRow>(
            `select * from runs where ${where.sql} and ended_at <= ? order by ended_at desc, id desc limit 1`,
            ...where.values,
            until,
          );
        const row = find(now + CLOCK_SLACK_MS) ?? find(Number.MAX_SAFE_INTEGER);
        return row ? toRun(row) : null;
      }),

    listSteps: (runIds) => db.query(() => records.readSteps(runIds)),
    appendEvent: (runId, event) => db.transact(() => records.append(runId, event)),
    listEvents: (runId, { after, first, levels, isLatest = false }) =>
      db.query(() => {
        const rows = db.all<{ event: string }>(
          `select event from events where run_id = ? and sequence > ? ${levels ? IS_OF_LEVELS : ''}
             order by sequence ${isLatest ? 'desc' : ''} limit ?`,
          runId,
          after,
          ...(levels ? [JSON.stringify(levels)] : []),
          first,
        );
        return (isLatest ? rows.reverse() : rows).map((row): RunEvent => JSON.parse(row.event));
      }),
    countEvents: (runId, levels) =>
      db.query(() => {
        const sql = `select count(*) as n from events where run_id = ? ${levels ? IS_OF_LEVELS : ''}`;
        return db.one<{ n: number }>(sql, runId, ...(levels ? [JSON.stringify(levels)] : []))?.n ?? 0;
      }),
    listRunsSaying: (text) =>
      db.query(() =>
        db
          .all<{ id: string }>(
            `select id from runs where instr(run, ?1) union select run_id from steps where instr(step, ?1)
             union select run_id from events where instr(event, ?1) order by 1`,
            text,
          )
          .map(({ id }) => id),
      ),
  };
}

function toWhere(filter: RunFilter): { sql: string; values: SqlValue[] } {
  const parts: string[] = ['true'];
  const values: SqlValue[] = [];
  const add = (sql: string, ...given: SqlValue[]) => {
    parts.push(sql);
    values.push(...given);
  };
  const addOneOf = (column: string, given: readonly string[] | undefined) => {
    if (given) add(given.length ? `${column} in (${given.map(() => '?').join(', ')})` : 'false', ...given);
  };
  if (filter.ids) add('id in (select value from json_each(?))', JSON.stringify(filter.ids));
  addOneOf('pipeline', filter.pipelines);
  addOneOf('status', filter.statuses);
  addOneOf(`iif(json_valid(run), run ->> '$.trigger', null)`, filter.triggers);
  if (filter.createdAfter !== undefined) add('created_at > ?', filter.createdAfter);
  if (filter.createdBefore !== undefined) add('created_at < ?', filter.createdBefore);
  if (filter.endedSince !== undefined) add('ended_at >= ?', filter.endedSince);
  return { sql: parts.join(' and '), values };
}
