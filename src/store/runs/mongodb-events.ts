// The event log in MongoDB. An event's number is one more than the last one's, and the key (run, number) is unique: of two writers one
// tries again. So a number appears only when all below it are there, and a reader with a cursor misses none.
//
// The events of a move stand in the run's outbox first, written with the move itself. Whoever comes next delivers them: the mover as a
// rule, else the next reader or writer, and the key of an event keeps a second delivery from doubling it.
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import {
  type EventDocument,
  type KeptEvent,
  keepEvent,
  type RunCollections,
  toEvent,
} from './mongodb-records.ts';
import type { NewEvent } from './run-record.ts';
import { ENDED, type EventLevel, type RunEvent, type RunStore } from './run-store.ts';

type Events = Pick<RunStore, 'appendEvent' | 'listEvents' | 'countEvents'>;

export interface EventLog extends Events {
  /** Brings what is in a run's outbox into the log. */
  deliver(runId: string): Promise<void>;
  /** Removes the events of runs that ended before an instant, but for the last one of each. Answers with the count. */
  removeEnded(before: number): Promise<number>;
  /** Removes the events of these runs but for the last one of each. Answers with the count. */
  removeAllButLast(runIds: readonly string[]): Promise<number>;
}

const KEY_BYTES = 8;
/** Runs in one look-up. */
const RUNS_A_QUERY = 1_000;

export function createMongoEvents(mongo: Mongo, { runs, events }: RunCollections): EventLog {
  const { call, random } = mongo;

  const append = async (runId: string, key: string, event: KeptEvent, isNew: boolean): Promise<RunEvent> => {
    for (let mayBeThere = !isNew; ; mayBeThere = true) {
      // The last number is read before the key is looked for: whoever delivers the same event in between takes that number from us.
      const last = await events.find({ runId }).sort({ sequence: -1 }).limit(1).next();
      const known = mayBeThere ? await events.findOne({ runId, key }) : null;
      if (known) return toEvent(known);
      const sequence = (last?.sequence ?? 0) + 1;
      const document: EventDocument = { _id: `${runId}-${sequence}`, runId, sequence, key, event };
      try {
        await events.insertOne(document);
        return toEvent(document);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
  };

  const deliver = async (runId: string) => {
    const waiting = await call(() =>
      runs.findOne({ _id: runId, 'outbox.0': { $exists: true } }, { projection: { outbox: 1 } }),
    );
    for (const { key, event } of waiting?.outbox ?? []) {
      await call(() => append(runId, key, event, false));
      await call(() => runs.updateOne({ _id: runId }, { $pull: { outbox: { key } } }));
    }
  };

  const removeAllButLast = async (runIds: readonly string[]) => {
    let removed = 0;
    for (let from = 0; from < runIds.length; from += RUNS_A_QUERY) {
      const some = runIds.slice(from, from + RUNS_A_QUERY);
      const long = await call(() =>
        events
          .aggregate<{ _id: string; last: number }>([
            { $match: { runId: { $in: some } } },
            { $group: { _id: '$runId', last: { $max: '$sequence' }, n: { $sum: 1 } } },
            { $match: { n: { $gt: 1 } } },
          ])
          .toArray(),
      );
      for (const { _id, last } of long) {
        const old = { runId: _id, sequence: { $lt: last } };
        removed += (await call(() => events.deleteMany(old))).deletedCount;
      }
    }
    return removed;
  };

  const removeEnded = async (before: number) => {
    const isOver = { 'run.status': { $in: [...ENDED] }, 'run.endedAt': { $lt: before } };
    return removeAllButLast(await call(() => runs.distinct('_id', isOver)));
  };

  const appendNew = async (runId: string, event: NewEvent) => {
    await deliver(runId);
    const key = random.hex(KEY_BYTES);
    let isNew = true;
    return call(() => {
      const appended = append(runId, key, keepEvent(event), isNew);
      isNew = false;
      return appended;
    });
  };
  /** The last append of each run in this process: whoever does not wait for one expects the order of the calls all the same. */
  const tails = new Map<string, Promise<unknown>>();

  return {
    deliver,
    removeEnded,
    removeAllButLast,
    appendEvent: (runId, event) => {
      const before = tails.get(runId) ?? Promise.resolve();
      const appended = before.catch(() => {}).then(() => appendNew(runId, event));
      tails.set(runId, appended);
      const leave = () => tails.get(runId) === appended && tails.delete(runId);
      appended.then(leave, leave);
      return appended;
    },
    listEvents: async (runId, { after, first, levels, isLatest = false }) => {
      await deliver(runId);
      const found = await call(() =>
        events
          .find({ runId, sequence: { $gt: after }, ...ofLevels(levels) })
          .sort({ sequence: isLatest ? -1 : 1 })
          .limit(first)
          .toArray(),
      );
      return (isLatest ? found.reverse() : found).map(toEvent);
    },
    countEvents: async (runId, levels) => {
      await deliver(runId);
      return call(() => events.countDocuments({ runId, ...ofLevels(levels) }));
    },
  };
}

function ofLevels(levels: readonly EventLevel[] | undefined) {
  return levels ? { 'event.level': { $in: [...levels] } } : {};
}
