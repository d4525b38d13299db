// The embedded run store: one SQLite file of its own, so that landing never blocks a heartbeat, opened by several processes at once.
// Every method is one transaction.
// synchronous NORMAL, not FULL: a run's state survives the death of any process; after a power cut the last moments may be missing,
// but every process that held a claim is gone as well, its lease runs out, and the run is repeated, which changes nothing. FULL would
// cost an fsync for every heartbeat and progress report.
// Queries for the few runs that have not ended, or have lately, sort by "+created_at", lest SQLite walk all others in the order of time.
import type { DatabaseSync } from 'node:sqlite';
import { type Randomness, systemRandomness } from '../../clock.ts';
import { createSqliteDb } from '../sqlite-db.ts';
import { openSqliteFile } from '../sqlite-file.ts';
import type { RunStore } from './run-store.ts';
import { createRecords } from './sqlite-records.ts';
import { createRunLog } from './sqlite-run-log.ts';
import { createRunMoves } from './sqlite-run-moves.ts';
import { createLeases, createSchedules, createSourceStates } from './sqlite-schedules.ts';

const FORMAT = 2;

/** Read off the record, so that an end is written in one place; of a record that is damaged nobody knows it. */
const ENDED_AT = `ended_at any generated always as (iif(json_valid(run), run ->> '$.endedAt', null)) virtual`;
const END_INDEXES = `
  create index runs_by_end on runs (ended_at);
  create index runs_by_pipeline_end on runs (pipeline, ended_at);
`;

const SCHEMA = `
  create table runs (
    id text primary key, pipeline text not null, status text not null, created_at integer not null,
    idempotency_key text unique, parameters_hash text not null, lease_until integer, resumes_at integer, fence integer not null,
    run text not null, ${ENDED_AT}
  ) strict, without rowid;
  create index runs_by_time on runs (created_at desc, id desc);
  create index runs_by_pipeline on runs (pipeline, created_at desc, id desc);
  create index runs_by_status on runs (status, pipeline);
  ${END_INDEXES}
  create table steps (run_id text not null, position integer not null, name text not null, step text not null,
    primary key (run_id, position)) strict, without rowid;
  create table events (run_id text not null, sequence integer not null, event text not null,
    primary key (run_id, sequence)) strict, without rowid;
  create table schedules (pipeline text primary key, next_due_at integer, schedule text not null) strict, without rowid;
  create table ticks (pipeline text not null, due_at integer not null, tick text not null,
    primary key (pipeline, due_at)) strict, without rowid;
  create table leases (name text primary key, holder text not null, fence integer not null, until integer not null) strict, without rowid;
  create table source_states (source text not null, key text not null, value text not null,
    primary key (source, key)) strict, without rowid;
`;

const UPGRADES = {
  1: (db: DatabaseSync) => db.exec(`alter table runs add column ${ENDED_AT}; ${END_INDEXES}`),
};

/** @throws GroovelakeError (FORMAT) for a file of a newer format, or one that is no database */
export function openSqliteRuns(path: string, random: Randomness = systemRandomness): RunStore {
  const file = openSqliteFile(path, {
    name: 'runs',
    format: FORMAT,
    schema: SCHEMA,
    upgrades: UPGRADES,
    synchronous: 'NORMAL',
    isOverwritten: true,
  });
  const db = createSqliteDb(file, path);
  const records = createRecords(db);
  return {
    ...createRunLog(db, records, random),
    ...createRunMoves(db, records),
    ...createSchedules(db),
    ...createLeases(db),
    ...createSourceStates(db),
    emptyLog: db.emptyLog,
    close: async () => {
      if (file.isOpen) file.close();
    },
  };
}
