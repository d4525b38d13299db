// Runs as MongoDB keeps them: one document holds a run, its steps and the events of its last move, so that a move is one atomic write.
import type { Collection } from 'mongodb';
import { hashCanonical } from './canonical.ts';
import type { NewEvent, RunRecord } from './run-record.ts';
import {
  hasEnded,
  type PipelineName,
  type Run,
  type RunEvent,
  type RunStep,
  UNDER_WAY,
} from './run-store.ts';

/** Values whose keys are not ours are kept as JSON: MongoDB would read "a.b" or "$c" as something else. */
type KeptRun = Omit<Run, 'parameters' | 'checkpoint'> & {
  readonly parameters: string;
  readonly checkpoint: string | null;
};

export interface RunDocument {
  readonly _id: string;
  /** Grows with every write; a move is written only over the version it was decided on. */
  readonly version: number;
  /** Who wrote this version, so that a writer whose answer was lost finds out that it had succeeded. */
  readonly writer: string;
  readonly run: KeptRun;
  readonly steps: readonly RunStep[];
  /** Events of moves, on their way to the collection run_events. */
  readonly outbox: readonly OutgoingEvent[];
  readonly parametersHash: string;
  readonly idempotencyKey?: string;
  /** The pipeline while a worker is on the run: of a pipeline one run at a time, by a unique index. */
  readonly underWay?: PipelineName;
  /**
   * Pipeline and parameters from the creation to the end of the run: of two creators of the same work one is first. A schedule's run
   * that was queued behind equal work has none; its place in the queue is enough.
   */
  readonly sameWork?: string;
  /** The pipeline while a run that was created under an overlap policy waits to begin: of two such creators one is first. */
  readonly queueSlot?: PipelineName;
}

export interface OutgoingEvent {
  /** Names the event within its run, however often it is delivered. */
  readonly key: string;
  readonly event: KeptEvent;
}

/** `data` as JSON. */
export type KeptEvent = Omit<NewEvent, 'data'> & { readonly data: string };

export interface EventDocument {
  /** RUN-SEQUENCE, which makes the number unique. */
  readonly _id: string;
  readonly runId: string;
  readonly sequence: number;
  readonly key: string;
  readonly event: KeptEvent;
}

export interface RunCollections {
  readonly runs: Collection<RunDocument>;
  readonly events: Collection<EventDocument>;
}

export function keepRun(run: Run): KeptRun {
  const { parameters, checkpoint } = run;
  return {
    ...run,
    parameters: JSON.stringify(parameters),
    checkpoint: checkpoint === null ? null : JSON.stringify(checkpoint),
  };
}

export function toRun({ run }: Pick<RunDocument, 'run'>): Run {
  const { parameters, checkpoint } = run;
  return {
    ...run,
    parameters: JSON.parse(parameters),
    checkpoint: checkpoint === null ? null : JSON.parse(checkpoint),
  };
}

export function toRunRecord(document: RunDocument): RunRecord {
  return { run: toRun(document), steps: document.steps };
}

export function hashParameters(run: Pick<Run, 'parameters'>): string {
  return hashCanonical(run.parameters);
}

export function nameSameWork(pipeline: PipelineName, parametersHash: string): string {
  return `${pipeline} ${parametersHash}`;
}

export function keepEvent({ data, ...event }: NewEvent): KeptEvent {
  return { ...event, data: JSON.stringify(data ?? null) };
}

export function toEvent({ _id, runId, sequence, event }: EventDocument): RunEvent {
  return { ...event, data: JSON.parse(event.data), id: _id, runId, sequence };
}

/** The places a run must give up when it is as it is now; those it takes are in takenPlaces. */
export function leftPlaces(run: Run): Record<string, ''> {
  return {
    ...(UNDER_WAY.includes(run.status) ? {} : { underWay: '' }),
    ...(hasEnded(run.status) ? { sameWork: '' } : {}),
    ...(run.status === 'QUEUED' ? {} : { queueSlot: '' }),
  };
}

export function takenPlaces(run: Run): { underWay?: PipelineName } {
  return UNDER_WAY.includes(run.status) ? { underWay: run.pipeline } : {};
}
