// Entities by id: in batches while the key may, else one by one; what cannot be had is named, and nothing else is lost with it.
import { ExtractError } from '../../errors.ts';
import { chunk } from '../chunk.ts';
import type { Families } from '../families.ts';
import { describe } from '../gate.ts';
import { mapConcurrently } from '../map-concurrently.ts';
import { readBatch, requireIds, requireObject, type TakeBodies } from './answers.ts';
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
}

/** Told of ids as it becomes known that they cannot be had, so that it is not lost with a failure after it. */
export type NoteIds = (part: Partial<FetchReport>) => void;

export interface FetchOptions {
  readonly source: string;
  readonly call: Call;
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
  const progress: Progress = { unknown: [], unanswered: [], answered: 0, failures: 0, note };
  const isBatched = !(await options.families.isWithheld(kind.family));
  const left = isBatched ? await fetchBatches(options, kind, ids, take, progress) : ids;
  await fetchSingles(options, kind, left, take, progress);
  return { unknown: progress.unknown, unanswered: progress.unanswered };
}

interface Progress {
  readonly unknown: string[];
  readonly unanswered: string[];
  answered: number;
  failures: number;
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
  const fetchGroup = async (group: readonly string[]) => {
    if (await families.isWithheld(kind.family)) return void left.push(...group);
    const answer = await answerOrFailure(call(kind.family, kind.path, { ...kind.query, ids: group.join() }));
    if (answer instanceof ExtractError) {
      noteFailure(progress, answer);
      return void left.push(...group);
    }
    noteAnswer(progress);
    // One id that the source does not like spoils a whole batch; one by one only that one is missing.
    if (answer.status === 400) return void left.push(...group);
    if (answer.status === 403) {
      if (await families.withhold(kind.family, describe(answer)))
        onFallback(`the key may not fetch ${kind.key} in batches: one by one from now on`);
      return void left.push(...group);
    }
    const { bodies, unknown } = readBatch(source, kind.path, { key: kind.key, ids: group }, answer);
    noteUnknown(progress, unknown);
    await take(bodies);
  };
  await mapConcurrently(chunk(ids, kind.batch), concurrency, signal, (group) =>
    families.afterFirst(kind.family, () => fetchGroup(group)),
  );
  return left;
}

async function fetchSingles(
  { source, call, concurrency, signal }: FetchOptions,
  kind: EntityKind,
  ids: readonly string[],
  take: TakeBodies,
  progress: Progress,
): Promise<void> {
  let last: ExtractError | null = null;
  await mapConcurrently(ids, concurrency, signal, async (id) => {
    const path = `${kind.path}/${id}`;
    const answer = await answerOrFailure(call(kind.single, path, kind.query));
    if (answer instanceof ExtractError) {
      last = answer;
      progress.unanswered.push(id);
      progress.note({ unanswered: [id] });
      noteFailure(progress, answer);
      return;
    }
    noteAnswer(progress);
    if (answer.status === 404 || answer.status === 400) return noteUnknown(progress, [id]);
    requireObject(source, path, answer);
    await take([{ id, json: answer.body }]);
  });
  // A source that answered nothing at all is down: what it owes must not count as done.
  if (last && progress.answered === 0) throw last;
}

/** An answer, or the error of a server that failed at it in every try. Others are thrown. */
export async function answerOrFailure<T>(answer: Promise<T>): Promise<T | ExtractError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ExtractError && (error.status ?? 0) >= 500) return error;
    throw error;
  }
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
