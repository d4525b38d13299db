// Schedules and their ticks, named leases, and what sources asked us to remember, in MongoDB: one document each.
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import { MAX_LEASE_MS } from './lease.ts';
import type { EventLog } from './mongodb-events.ts';
import type { RunStore, Schedule, Tick } from './run-store.ts';

type Schedules = Pick<
  RunStore,
  'findSchedule' | 'saveSchedule' | 'advanceSchedule' | 'recordTick' | 'listTicks' | 'removeHistory'
>;
type Leases = Pick<RunStore, 'acquireLease' | 'releaseLease' | 'findLease' | 'removeLeases'>;
type SourceStates = Pick<RunStore, 'getSourceState' | 'setSourceState' | 'listSourceStates'>;

interface ScheduleDocument {
  readonly _id: string;
  readonly nextDueAt: number | null;
  /** Without nextDueAt; the parameters as JSON. */
  readonly schedule: Omit<Schedule, 'nextDueAt' | 'parameters'> & { readonly parameters: string };
}

export function createMongoSchedules(
  { db, call }: Mongo,
  { removeEnded }: Pick<EventLog, 'removeEnded'>,
): Schedules {
  const schedules = db.collection<ScheduleDocument>('schedules');
  const ticks = db.collection<{ _id: { pipeline: string; dueAt: number }; tick: Tick }>('schedule_ticks');
  return {
    findSchedule: async (pipeline) => {
      const found = await call(() => schedules.findOne({ _id: pipeline }));
      if (!found) return null;
      const { schedule, nextDueAt } = found;
      return { ...schedule, parameters: JSON.parse(schedule.parameters), nextDueAt };
    },
    saveSchedule: async ({ nextDueAt, parameters, ...schedule }) => {
      const kept = { nextDueAt, schedule: { ...schedule, parameters: JSON.stringify(parameters) } };
      await call(() => schedules.replaceOne({ _id: schedule.pipeline }, kept, { upsert: true }));
    },
    advanceSchedule: async (pipeline, from, to) => {
      const filter = { _id: pipeline, nextDueAt: from };
      const { matchedCount } = await call(() => schedules.updateOne(filter, { $set: { nextDueAt: to } }));
      return matchedCount === 1;
    },
    recordTick: async (tick) => {
      const _id = { pipeline: tick.pipeline, dueAt: tick.dueAt };
      await call(async () => {
        try {
          const filter = { _id, 'tick.outcome': { $ne: 'STARTED' as const } };
          await ticks.replaceOne(filter, { tick }, { upsert: true });
        } catch (error) {
          // One that started a run is there and stays.
          if (!isDuplicateKey(error)) throw error;
        }
      });
    },
    listTicks: async (pipeline, first) => {
      const found = await call(() =>
        ticks.find({ '_id.pipeline': pipeline }).sort({ '_id.dueAt': -1 }).limit(first).toArray(),
      );
      return found.map(({ tick }) => tick);
    },
    removeHistory: async (before) => ({
      events: await removeEnded(before),
      ticks: (await call(() => ticks.deleteMany({ '_id.dueAt': { $lt: before } }))).deletedCount,
    }),
  };
}

export function createMongoLeases({ db, call }: Mongo): Leases {
  const leases = db.collection<{ _id: string; holder: string; fence: number; until: number }>('leases');
  return {
    acquireLease: async (name, holder, now, ttlMs) => {
      const until = now + ttlMs;
      const renewed = await call(() =>
        leases.findOneAndUpdate({ _id: name, holder }, { $set: { until } }, { returnDocument: 'after' }),
      );
      if (renewed) return { fence: renewed.fence };
      // One that ends later than any clock allows was written before the clock was set back.
      const isFree = { $or: [{ until: { $lte: now } }, { until: { $gt: now + MAX_LEASE_MS } }] };
      const taken = await call(async () => {
        try {
          return await leases.findOneAndUpdate(
            { _id: name, ...isFree },
            { $set: { holder, until }, $inc: { fence: 1 } },
            { upsert: true, returnDocument: 'after' },
          );
        } catch (error) {
          // It is there and held; by us, if the answer to an earlier try was lost.
          if (isDuplicateKey(error)) return leases.findOne({ _id: name, holder });
          throw error;
        }
      });
      return taken && { fence: taken.fence };
    },
    // The document stays, so that the fence goes on growing.
    releaseLease: async (name, holder) => {
      await call(() => leases.updateOne({ _id: name, holder }, { $set: { until: 0 } }));
    },
    findLease: async (name, now) => {
      const isHeld = { until: { $gt: now, $lte: now + MAX_LEASE_MS } };
      const found = await call(() => leases.findOne({ _id: name, ...isHeld }));
      return found && { holder: found.holder };
    },
    removeLeases: async (names) => {
      await call(() => leases.deleteMany({ _id: { $in: [...names] } }));
    },
  };
}

export function createMongoSourceStates({ db, call }: Mongo): SourceStates {
  const states = db.collection<{ _id: { source: string; key: string }; value: string }>('source_states');
  return {
    getSourceState: async (source, key) => {
      const found = await call(() => states.findOne({ _id: { source, key } }));
      return found ? JSON.parse(found.value) : undefined;
    },
    setSourceState: async (source, key, value) => {
      const kept = { value: JSON.stringify(value ?? null) };
      await call(() => states.replaceOne({ _id: { source, key } }, kept, { upsert: true }));
    },
    listSourceStates: async (source) => {
      const found = await call(() => states.find({ '_id.source': source }).sort({ '_id.key': 1 }).toArray());
      return found.map(({ _id, value }) => ({ key: _id.key, value: JSON.parse(value) as unknown }));
    },
  };
}
