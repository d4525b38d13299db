// Entities by id: in batches while the key may, else one by one; what cannot be had is named, and nothing else is lost with it.
import { ExtractError } from '../../errors.ts';
import { chunk } from '../chunk.ts';
import type { Families } from '../families.ts';
import { describe } from '../gate.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import {
  askTwice,
  type Body,
  readBatch,
  requireIds,
  requireObject,
  type TakeBodies,
  WrongAnswerError,
} from './answers.ts';
import type { Call, Query } from './call.ts';

export interface EntityKind {
  /** Family of the batch calls, and of the single ones. */
  readonly family: string;
  readonly single: string;
  readonly path: string;
  /** Name of the list in a batch's answer. */
  readonly key: string;
  /** Most ids in one call. */
  readonly batch: number;
  readonly query: Query;
}

export interface FetchReport {
  /** Ids that the source does not know. */
  readonly unknown: readonly string[];
  /** Ids that it failed to answer, while it answered others. */
  readonly unanswered: readonly string[];
  /** What it failed with at the last of these. */
  readonly failure?: ExtractError | undefined;
}

/** Told of ids as it becomes known that they cannot be had, so that it is not lost with a failure after it. */
export type NoteIds = (part: Partial<FetchReport>) => void;

export interface FetchOptions {
  readonly source: string;
  readonly call: Call;
  /** Whether anything was found at this base URL yet: then one that is not found is not there. */
  readonly hasFound: () => boolean;
  readonly families: Families;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onFallback: (message: string) => void;
}

/** So many failures in a row are an outage, not a few bad entities. */
export const OUTAGE = 5;

export async function fetchById(
  options: FetchOptions,
  kind: EntityKind,
  ids: readonly string[],
  take: TakeBodies,
  note: NoteIds = () => {},
): Promise<FetchReport> {
  requireIds(ids);
  const progress: Progress = {
    unknown: [],
    unanswered: [],
    answered: 0,
    failures: 0,
    doubt: null,
    note,
  };
  const isBatched = !(await options.families.isWithheld(kind.family));
  const left = isBatched ? await fetchBatches(options, kind, ids, take, progress) : ids;
  const failure = await fetchSingles(options, kind, left, take, progress);
  return { unknown: progress.unknown, unanswered: progress.unanswered, failure };
}

interface Progress {
  readonly unknown: string[];
  readonly unanswered: string[];
  answered: number;
  failures: number;
  /** A batch that there is no path to: that there is none to an entity says of the entity only once anything was found. */
  doubt: ExtractError | null;
  readonly note: NoteIds;
}

/** @returns ids that must be fetched one by one */
async function fetchBatches(
  { source, call, families, concurrency, signal, onFallback }: FetchOptions,
  kind: EntityKind,
  ids: readonly string[],
  take: TakeBodies,
  progress: Progress,
): Promise<string[]> {
  const left: string[] = [];
  /** Null for a batch that the source does not take. */
  const ask = async (group: readonly string[]) => {
    const answer = await call(kind.family, kind.path, { ...kind.query, ids: group.join() });
    // One id that the source does not like spoils a whole batch; one by one only that one is missing.
    if (answer.status === 400) return null;
    if (answer.status !== 403) return readBatch(source, kind.path, { key: kind.key, ids: group }, answer);
    if (await families.withhold(kind.family, describe(answer)))
      onFallback(`the key may not fetch ${kind.key} in batches: one by one from now on`);
    return null;
  };
  const fetchGroup = async (group: readonly string[]) => {
    if (await families.isWithheld(kind.family)) return void left.push(...group);
    const answer = await answerOrFailure(ask(group));
    if (answer instanceof ExtractError && !isAboutTheBatch(answer)) {
      noteFailure(progress, answer);
      return void left.push(...group);
    }
    if (answer === null || answer instanceof ExtractError) {
      // It is up, and has told of no entity yet.
      progress.failures = 0;
      if (answer?.status === 404) progress.doubt = answer;
      return void left.push(...group);
    }
    noteAnswer(progress);
    noteUnknown(progress, answer.unknown);
    await take(answer.bodies);
  };
  await mapConcurrently(chunk(ids, kind.batch), concurrency, signal, (group) =>
    families.afterFirst(kind.family, () => fetchGroup(group)),
  );
  return left;
}

/** Whether the source is up and gives no batch, for whatever reason: a refusal, another body than a batch has, or more than is read. */
function isAboutTheBatch(error: ExtractError): boolean {
  return error instanceof WrongAnswerError || (!error.isRetryable && (error.status ?? 0) < 500);
}

/** @returns what the source failed with at the last of those that it failed at */
async function fetchSingles(
  { source, call, hasFound, concurrency, signal }: FetchOptions,
  kind: EntityKind,
  ids: readonly string[],
  take: TakeBodies,
  progress: Progress,
): Promise<ExtractError | undefined> {
  let last: ExtractError | undefined;
  const doubted: string[] = [];
  const refuseDoubted = () => {
    if (progress.doubt && !hasFound() && doubted.length > 0) throw progress.doubt;
  };
  /** Null for an id that the source does not know. */
  const ask = async (id: string): Promise<Body | null> => {
    const path = `${kind.path}/${id}`;
    const answer = await call(kind.single, path, kind.query);
    if (answer.status === 404 && progress.doubt && !hasFound()) doubted.push(id);
    if (answer.status === 404 || answer.status === 400) return null;
    requireObject(source, path, answer);
    return { id, json: answer.body };
  };
  await mapConcurrently(ids, concurrency, signal, async (id) => {
    const answer = await answerOrFailure(askTwice(() => ask(id)));
    if (answer instanceof ExtractError) {
      last = answer;
      progress.unanswered.push(id);
      progress.note({ unanswered: [id] });
      noteFailure(progress, answer);
      return;
    }
    if (answer !== null) {
      noteAnswer(progress);
      return take([answer]);
    }
    if (!doubted.includes(id)) {
      noteAnswer(progress);
      return noteUnknown(progress, [id]);
    }
    progress.failures = 0;
    if (doubted.length >= kind.batch) refuseDoubted();
  });
  refuseDoubted();
  noteUnknown(progress, doubted);
  // A source that answered nothing at all is down: what it owes must not count as done.
  if (last && progress.answered === 0) throw last;
  return last;
}

/** An answer, or the error of a source that failed at it. Others are thrown. */
export async function answerOrFailure<T>(answer: Promise<T>): Promise<T | ExtractError> {
  try {
    return await answer;
  } catch (error) {
    if (isUnanswered(error)) return error;
    throw error;
  }
}

/**
 * Whether a source failed at what was asked for, in whatever way: with silence, a server's error, a body that is none, or by refusing this
 * path. It may do so at one entity for ever, and answer all others.
 */
export function isUnanswered(error: unknown): error is ExtractError {
  return error instanceof ExtractError && !error.isOfKey;
}

function noteUnknown({ unknown, note }: Progress, ids: readonly string[]): void {
  unknown.push(...ids);
  if (ids.length > 0) note({ unknown: ids });
}

function noteAnswer(progress: Progress): void {
  progress.answered += 1;
  progress.failures = 0;
}

function noteFailure(progress: Progress, error: ExtractError): void {
  progress.failures += 1;
  if (progress.failures >= OUTAGE) throw error;
}
