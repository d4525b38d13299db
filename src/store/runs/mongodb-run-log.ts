// Creating and reading runs and their steps in MongoDB.
import type { Filter } from 'mongodb';
import { CLOCK_SLACK_MS, toIso } from '../../clock.ts';
import type { Mongo } from '../mongo/connection.ts';
import { isDuplicateKey } from '../mongo/errors.ts';
import type { EventLog } from './mongodb-events.ts';
import {
  hashParameters,
  keepEvent,
  keepRun,
  nameSameWork,
  type RunCollections,
  type RunDocument,
  toRun,
} from './mongodb-records.ts';
import { listSameWork, newRun, newStep, queuedEvent } from './run-record.ts';
import {
  type NewRun,
  type Overlap,
  type PipelineName,
  type Run,
  type RunDayTotal,
  type RunFilter,
  type RunStatus,
  type RunStatusCount,
  type RunStore,
  UNDER_WAY,
} from './run-store.ts';

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
  | 'listRunsSaying'
>;

const NEWEST_FIRST = { 'run.createdAt': -1, _id: -1 } as const;
const OLDEST_FIRST = { 'run.createdAt': 1, _id: 1 } as const;
/** What a total per day needs of a run. */
const DAY_FIELDS = {
  'run.createdAt': 1,
  'run.pipeline': 1,
  'run.status': 1,
  'run.startedAt': 1,
  'run.endedAt': 1,
} as const;
const WRITER_BYTES = 8;
/** A creator that loses its place to another so often has met a fault, not a rival. */
const MOST_TRIES = 20;

export function createMongoRunLog(
  mongo: Mongo,
  { runs, events }: RunCollections,
  { deliver }: Pick<EventLog, 'deliver'>,
): RunLog {
  const { call, random } = mongo;

  const findSame = async (input: NewRun, parametersHash: string): Promise<RunDocument | null> => {
    const { idempotencyKey, pipeline } = input;
    const known = idempotencyKey === undefined ? null : await call(() => runs.findOne({ idempotencyKey }));
    if (known) return known;
    return call(() =>
      runs
        .find({ 'run.pipeline': pipeline, parametersHash, 'run.status': { $in: [...listSameWork(input)] } })
        .sort(OLDEST_FIRST)
        .limit(1)
        .next(),
    );
  };

  /** Whether equal work under way has the place of this work; then a schedule's next run waits behind it without one. */
  const isBehind = async (input: NewRun, parametersHash: string): Promise<boolean> => {
    if (listSameWork(input).includes('RUNNING')) return false;
    const { pipeline } = input;
    const running = { 'run.pipeline': pipeline, parametersHash, 'run.status': { $in: [...UNDER_WAY] } };
    return (await call(() => runs.findOne(running))) !== null;
  };

  /** The run that keeps a new one of its pipeline from being queued. One that is parked is in nobody's way. */
  const findBlocker = async (pipeline: PipelineName, overlap: Overlap): Promise<RunDocument | null> => {
    const inTheWay: RunStatus[] = overlap === 'SKIP' ? [...UNDER_WAY, 'QUEUED'] : ['QUEUED'];
    const found = await call(() =>
      runs
        .find({ 'run.pipeline': pipeline, 'run.status': { $in: inTheWay } })
        .sort(OLDEST_FIRST)
        .toArray(),
    );
    return found.find(({ run }) => run.status !== 'QUEUED') ?? found[0] ?? null;
  };

  /** False: another creator has a place that this run needs. */
  const insert = (document: RunDocument): Promise<boolean> =>
    call(async () => {
      try {
        await runs.insertOne(document);
        return true;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // Our own, if the answer to an earlier try was lost.
        return (await runs.findOne({ _id: document._id, writer: document.writer })) !== null;
      }
    });

  return {
    // Two creators of one pipeline at the same instant: the unique places let one of them in, and the other looks again. What they
    // leave open is a run that is claimed between another's look and its insert: under SKIP the other is then queued behind it.
    createRun: async (input, steps) => {
      const parametersHash = hashParameters(input);
      for (let tries = 1; ; tries++) {
        const same = await findSame(input, parametersHash);
        if (same) return { run: toRun(same), wasCreated: false, isBusy: false };
        const blocker = input.overlap ? await findBlocker(input.pipeline, input.overlap) : null;
        if (blocker) return { run: toRun(blocker), wasCreated: false, isBusy: true };
        const run = newRun(input, random);
        const isIn = await insert({
          _id: run.id,
          version: 1,
          writer: random.hex(WRITER_BYTES),
          run: keepRun(run),
          steps: steps.map((name, position) => newStep(run.id, name, position)),
          outbox: [{ key: '1.0', event: keepEvent(queuedEvent(input)) }],
          parametersHash,
          ...((await isBehind(input, parametersHash))
            ? {}
            : { sameWork: nameSameWork(input.pipeline, parametersHash) }),
          ...(input.idempotencyKey === undefined ? {} : { idempotencyKey: input.idempotencyKey }),
          ...(input.overlap ? { queueSlot: input.pipeline } : {}),
        });
        if (isIn) {
          await deliver(run.id).catch(() => {});
          return { run, wasCreated: true, isBusy: false };
        }
        if (tries === MOST_TRIES) throw new Error(`A run of ${input.pipeline} could not be queued.`);
      }
    },
    findRun: async (id) => {
      const found = await call(() => runs.findOne({ _id: id }));
      return found && toRun(found);
    },
    listRuns: async ({ filter = {}, first, after }) => {
      const place = after === undefined ? null : await call(() => runs.findOne({ _id: after }));
      const parts: Filter<RunDocument>[] = [toFilter(filter)];
      if (place) {
        const { createdAt } = place.run;
        const isLater = { 'run.createdAt': createdAt, _id: { $lt: place._id } };
        parts.push({ $or: [{ 'run.createdAt': { $lt: createdAt } }, isLater] });
      }
      const found = await call(() =>
        runs
          .find({ $and: parts })
          .sort(NEWEST_FIRST)
          .limit(first + 1)
          .toArray(),
      );
      return { runs: found.slice(0, first).map(toRun), hasMore: found.length > first };
    },
    countRuns: (filter = {}) => call(() => runs.countDocuments(toFilter(filter))),
    countRunsByStatus: async () => {
      const _id = { pipeline: '$run.pipeline', status: '$run.status' };
      const found = await call(() =>
        runs
          .aggregate<{ _id: Pick<RunStatusCount, 'pipeline' | 'status'>; runs: number }>([
            // In the order of an index that holds both, so that no document is read.
            { $sort: { 'run.status': 1, 'run.pipeline': 1 } },
            { $group: { _id, runs: { $sum: 1 } } },
          ])
          .toArray(),
      );
      const nameOf = ({ pipeline, status }: RunStatusCount) => `${pipeline} ${status}`;
      return found
        .map(({ _id: { pipeline, status }, runs: n }): RunStatusCount => ({ pipeline, status, runs: n }))
        .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    },
    totalRunsByDay: async (filter = {}) => {
      const found = await call(() =>
        runs.find(toFilter(filter)).project<Pick<RunDocument, 'run'>>(DAY_FIELDS).toArray(),
      );
      return totalByDay(found.map(({ run }) => run));
    },
    findLastRun: async (pipeline) => {
      const found = await call(() =>
        runs.find({ 'run.pipeline': pipeline }).sort(NEWEST_FIRST).limit(1).next(),
      );
      return found && toRun(found);
    },
    findLastEnded: async (pipeline, { statuses, now }) => {
      const find = (until: number) =>
        call(() =>
          runs
            .find({ ...toFilter({ pipelines: [pipeline], statuses }), 'run.endedAt': { $lte: until } })
            .sort({ 'run.endedAt': -1, _id: -1 })
            .limit(1)
            .next(),
        );
      const found = (await find(now + CLOCK_SLACK_MS)) ?? (await find(Number.MAX_SAFE_INTEGER));
      return found && toRun(found);
    },
    listSteps: async (runIds) => {
      const found = await call(() => runs.find({ _id: { $in: [...runIds] } }).toArray());
      const steps = new Map(found.map((document) => [document._id, document.steps]));
      return runIds.flatMap((id) => steps.get(id) ?? []);
    },
    listRunsSaying: async (text) => {
      const isSaid = { $regex: text };
      const inEvents = await call(() =>
        events.distinct('runId', { $or: [{ 'event.message': isSaid }, { 'event.data': isSaid }] }),
      );
      // What a run says itself stands in many fields.
      const inRuns = await call(async () => {
        const found: string[] = [];
        for await (const document of runs.find({}, { projection: { run: 1, steps: 1, outbox: 1 } }))
          if (JSON.stringify(document).includes(text)) found.push(document._id);
        return found;
      });
      return [...new Set([...inEvents, ...inRuns])].sort();
    },
  };
}

function toFilter(filter: RunFilter): Filter<RunDocument> {
  const { ids, pipelines, statuses, triggers, createdAfter, createdBefore, endedSince } = filter;
  const createdAt = {
    ...(createdAfter === undefined ? {} : { $gt: createdAfter }),
    ...(createdBefore === undefined ? {} : { $lt: createdBefore }),
  };
  return {
    ...(ids ? { _id: { $in: [...ids] } } : {}),
    ...(pipelines ? { 'run.pipeline': { $in: [...pipelines] } } : {}),
    ...(statuses ? { 'run.status': { $in: [...statuses] } } : {}),
    ...(triggers ? { 'run.trigger': { $in: [...triggers] } } : {}),
    ...(Object.keys(createdAt).length ? { 'run.createdAt': createdAt } : {}),
    ...(endedSince === undefined ? {} : { 'run.endedAt': { $gte: endedSince } }),
  };
}

function totalByDay(
  runs: readonly Pick<Run, 'createdAt' | 'pipeline' | 'status' | 'startedAt' | 'endedAt'>[],
): RunDayTotal[] {
  const totals = new Map<string, RunDayTotal>();
  for (const { createdAt, pipeline, status, startedAt, endedAt } of runs) {
    const day = toIso(createdAt).slice(0, 10);
    const name = `${day} ${pipeline} ${status}`;
    const known = totals.get(name) ?? { day, pipeline, status, runs: 0, durationMs: 0 };
    const took = startedAt === null || endedAt === null ? 0 : endedAt - startedAt;
    totals.set(name, { ...known, runs: known.runs + 1, durationMs: known.durationMs + took });
  }
  const byName = [...totals].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, total]) => total);
  return byName.sort((a, b) => (a.day < b.day ? 1 : a.day > b.day ? -1 : 0));
}
