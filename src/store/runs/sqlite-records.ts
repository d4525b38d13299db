// Runs, steps and events as rows: a JSON record each, beside the columns that are searched. Called within a transaction.
import type { SqliteDb } from '../sqlite-db.ts';
import { hashCanonical } from './canonical.ts';
import type { NewEvent } from './run-record.ts';
import type { Run, RunEvent, RunStatus, RunStep } from './run-store.ts';

export interface RunRow {
  readonly id: string;
  readonly pipeline: string;
  readonly status: string;
  readonly created_at: number;
  readonly idempotency_key: string | null;
  readonly lease_until: number | null;
  readonly resumes_at: number | null;
  readonly fence: number;
  readonly run: string;
}

/** As SQL has a list of them. */
export const quoteStatuses = (statuses: readonly RunStatus[]): string =>
  statuses.map((status) => `'${status}'`).join(', ');

export interface Records {
  readRun(id: string): Run | null;
  writeRun(run: Run): Run;
  readSteps(runIds: readonly string[]): RunStep[];
  writeStep(step: RunStep): void;
  append(runId: string, event: NewEvent): RunEvent;
}

export function createRecords(db: SqliteDb): Records {
  const readRun = (id: string) => {
    const row = db.one<RunRow>('select * from runs where id = ?', id);
    return row ? toRun(row) : null;
  };
  return {
    readRun,
    writeRun: (run) => {
      db.exec(
        `insert into runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set
           status = excluded.status, lease_until = excluded.lease_until, resumes_at = excluded.resumes_at,
           fence = excluded.fence, run = excluded.run`,
        run.id,
        run.pipeline,
        run.status,
        run.createdAt,
        run.idempotencyKey,
        hashCanonical(run.parameters),
        run.leaseUntil,
        run.resumesAt,
        run.fence,
        JSON.stringify(run),
      );
      return run;
    },
    readSteps: (runIds) =>
      runIds.flatMap((id) =>
        db
          .all<{ step: string }>('select step from steps where run_id = ? order by position', id)
          .map((row): RunStep => JSON.parse(row.step)),
      ),
    writeStep: (step) => {
      const text = JSON.stringify(step);
      db.exec('replace into steps values (?, ?, ?, ?)', step.runId, step.position, step.name, text);
    },
    append: (runId, event) => {
      const { n } = db.one<{ n: number | null }>(
        'select max(sequence) as n from events where run_id = ?',
        runId,
      ) ?? { n: null };
      const sequence = (n ?? 0) + 1;
      const full: RunEvent = { ...event, runId, sequence, id: `${runId}-${sequence}` };
      db.exec('insert into events values (?, ?, ?)', runId, sequence, JSON.stringify(full));
      return full;
    },
  };
}

/** The record of a row. One that cannot be read any more is shown by its columns, so that it hides no other and can be ended. */
export function toRun(row: RunRow): Run {
  try {
    return JSON.parse(row.run);
  } catch {
    return {
      id: row.id,
      pipeline: row.pipeline as Run['pipeline'],
      status: row.status as RunStatus,
      attempt: 1,
      trigger: 'MUTATION',
      parameters: {},
      idempotencyKey: row.idempotency_key,
      createdAt: row.created_at,
      startedAt: null,
      endedAt: null,
      resumesAt: row.resumes_at,
      cancelRequestedAt: null,
      cancelReason: null,
      progress: { done: 0, total: null, message: 'the record of this run is damaged' },
      snapshotId: null,
      error: {
        code: 'FORMAT',
        message: `The record of run "${row.id}" is damaged; only its columns are left.`,
        isRetryable: false,
        step: null,
        hint: 'Trigger the pipeline again.',
      },
      workerId: null,
      fence: row.fence,
      leaseUntil: row.lease_until,
      checkpoint: null,
    };
  }
}
