// Schedules and their ticks, named leases, and what sources asked us to remember.
import type { SqliteDb } from '../sqlite-db.ts';
import { MAX_LEASE_MS } from './lease.ts';
import { ENDED, type RunStore, type Schedule, type Tick } from './run-store.ts';
import { quoteStatuses } from './sqlite-records.ts';

type Schedules = Pick<
  RunStore,
  'findSchedule' | 'saveSchedule' | 'advanceSchedule' | 'recordTick' | 'listTicks' | 'removeHistory'
>;
type Leases = Pick<RunStore, 'acquireLease' | 'releaseLease' | 'findLease' | 'removeLeases'>;
type SourceStates = Pick<RunStore, 'getSourceState' | 'setSourceState' | 'listSourceStates'>;

const QUOTED_ENDS = quoteStatuses(ENDED);

export function createSchedules(db: SqliteDb): Schedules {
  return {
    findSchedule: (pipeline) =>
      db.query(() => {
        const row = db.one<{ schedule: string; next_due_at: number | null }>(
          'select schedule, next_due_at from schedules where pipeline = ?',
          pipeline,
        );
        if (!row) return null;
        // Schedules of earlier versions have no jitter.
        const kept = { jitterSeconds: 0, ...(JSON.parse(row.schedule) as Omit<Schedule, 'jitterSeconds'>) };
        return { ...kept, nextDueAt: row.next_due_at };
      }),
    saveSchedule: (schedule) =>
      db.transact(() => {
        const text = JSON.stringify(schedule);
        db.exec('replace into schedules values (?, ?, ?)', schedule.pipeline, schedule.nextDueAt, text);
      }),
    advanceSchedule: (pipeline, from, to) =>
      db.transact(() => {
        const sql = 'update schedules set next_due_at = ? where pipeline = ? and next_due_at is ?';
        return db.exec(sql, to, pipeline, from) === 1;
      }),
    recordTick: (tick) =>
      db.transact(() => {
        db.exec(
          `insert into ticks values (?, ?, ?) on conflict (pipeline, due_at) do update set tick = excluded.tick
             where json_extract(ticks.tick, '$.outcome') <> 'STARTED'`,
          tick.pipeline,
          tick.dueAt,
          JSON.stringify(tick),
        );
      }),
    listTicks: (pipeline, first) =>
      db.query(() =>
        db
          .all<{ tick: string }>(
            'select tick from ticks where pipeline = ? order by due_at desc limit ?',
            pipeline,
            first,
          )
          .map((row): Tick => JSON.parse(row.tick)),
      ),
    removeHistory: (before) =>
      db.transact(() => ({
        events: db.exec(
          `delete from events where run_id in (select id from runs where status in (${QUOTED_ENDS})
             and coalesce(ended_at, created_at) < ?)
             and sequence < (select max(sequence) from events e where e.run_id = events.run_id)`,
          before,
        ),
        ticks: db.exec('delete from ticks where due_at < ?', before),
      })),
  };
}

interface LeaseRow {
  readonly holder: string;
  readonly fence: number;
  readonly until: number;
}

export function createLeases(db: SqliteDb): Leases {
  const readLease = (name: string) =>
    db.one<LeaseRow>('select holder, fence, until from leases where name = ?', name);
  // One that ends later than any clock allows was written before the clock was set back.
  const isHeld = ({ until }: LeaseRow, now: number) => until > now && until <= now + MAX_LEASE_MS;
  return {
    acquireLease: (name, holder, now, ttlMs) =>
      db.transact(() => {
        const lease = readLease(name);
        if (lease && isHeld(lease, now) && lease.holder !== holder) return null;
        const fence = lease?.holder === holder ? lease.fence : (lease?.fence ?? 0) + 1;
        db.exec('replace into leases values (?, ?, ?, ?)', name, holder, fence, now + ttlMs);
        return { fence };
      }),
    // The row stays, so that the fence goes on growing.
    releaseLease: (name, holder) =>
      db.transact(
        () => void db.exec('update leases set until = 0 where name = ? and holder = ?', name, holder),
      ),
    findLease: (name, now) =>
      db.query(() => {
        const lease = readLease(name);
        return lease && isHeld(lease, now) ? { holder: lease.holder } : null;
      }),
    removeLeases: (names) =>
      db.transact(() => {
        for (const name of names) db.exec('delete from leases where name = ?', name);
      }),
  };
}

export function createSourceStates(db: SqliteDb): SourceStates {
  return {
    getSourceState: (source, key) =>
      db.query(() => {
        const sql = 'select value from source_states where source = ? and key = ?';
        const row = db.one<{ value: string }>(sql, source, key);
        return row ? JSON.parse(row.value) : undefined;
      }),
    setSourceState: (source, key, value) =>
      db.transact(() => {
        const text = JSON.stringify(value ?? null);
        db.exec('replace into source_states values (?, ?, ?)', source, key, text);
      }),
    listSourceStates: (source) =>
      db.query(() =>
        db
          .all<{ key: string; value: string }>(
            'select key, value from source_states where source = ? order by key',
            source,
          )
          .map(({ key, value }) => ({ key, value: JSON.parse(value) as unknown })),
      ),
  };
}
