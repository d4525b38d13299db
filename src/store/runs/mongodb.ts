// The run store of a shared deployment. One document holds a run with its steps, and every move of a run is one write over the version
// that was read; unique places (mongodb-records.ts) settle what concerns several runs. So no transaction is needed.
//
// A new method of the port: what moves a run is a pure move in run-moves.ts and one line here and in SQLite; what stands alone is one
// document under a natural _id, written whole, so that doing it again changes nothing. Everything goes through mongo.call.
import type { Mongo } from '../mongo/connection.ts';
import { createMongoEvents } from './mongodb-events.ts';
import type { EventDocument, RunDocument } from './mongodb-records.ts';
import { createMongoRunLog } from './mongodb-run-log.ts';
import { createMongoRunMoves } from './mongodb-run-moves.ts';
import { createMongoLeases, createMongoSchedules, createMongoSourceStates } from './mongodb-schedules.ts';
import type { RunStore } from './run-store.ts';

/** The collections must be as migrations/ makes them. Closing is for whoever opened the connection. */
export function createMongoRuns(mongo: Mongo): RunStore {
  const collections = {
    runs: mongo.db.collection<RunDocument>('runs'),
    events: mongo.db.collection<EventDocument>('run_events'),
  };
  const { deliver, removeEnded, removeAllButLast, ...events } = createMongoEvents(mongo, collections);
  return {
    ...createMongoRunLog(mongo, collections, { deliver }),
    ...createMongoRunMoves(mongo, collections, { deliver, removeAllButLast }),
    ...events,
    ...createMongoSchedules(mongo, { removeEnded }),
    ...createMongoLeases(mongo),
    ...createMongoSourceStates(mongo),
    emptyLog: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
