// Pages of runs, events and snapshots in the shape of a connection.
import { InvalidInputError } from '../../errors.ts';
import { type Connection, createConnection, DEFAULT_PAGE_SIZE, type Page } from '../../store/catalog/page.ts';
import type { EventLevel, Run, RunEvent, RunFilter, RunStore } from '../../store/runs/run-store.ts';
import type { Manifest } from '../../store/snapshots/manifest.ts';
import type { SnapshotStore } from '../../store/snapshots/snapshot-store.ts';
import { readListSize } from '../list-size.ts';
import { readEventCursor, toEventCursor } from './event-cursor.ts';

export interface ForwardArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** Runs, newest first; a cursor is the run's id. */
export function listRunPage(
  runs: RunStore,
  args: ForwardArgs,
  filter: RunFilter,
  maxPageSize: number,
): Connection<Run> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, maxPageSize);
  const after = args.after ?? undefined;
  return createConnection({
    page: async () => {
      if (after !== undefined && !(await runs.findRun(after))) throw unknownCursor(after);
      const found = await runs.listRuns({ filter, first, after });
      return toPage(found.runs, (run) => run.id, found.hasMore, after !== undefined);
    },
    count: () => runs.countRuns(filter),
  });
}

export interface EventArgs extends ForwardArgs {
  readonly last?: number | null | undefined;
  readonly levels?: readonly EventLevel[] | null | undefined;
}

/** Events of a run, oldest first: the first ones, or with `last` the latest. */
export function listEventPage(
  runs: Pick<RunStore, 'listEvents' | 'countEvents'>,
  runId: string,
  args: EventArgs,
  maxPageSize: number,
): Connection<RunEvent> {
  const { last } = args;
  const isLatest = last !== null && last !== undefined;
  if (isLatest && args.first !== null && args.first !== undefined) throw bothEnds(args.first, last);
  const size = readListSize(
    isLatest ? last : args.first,
    DEFAULT_PAGE_SIZE,
    maxPageSize,
    isLatest ? 'last' : 'first',
  );
  const after = readEventCursor(args.after);
  const levels = args.levels ?? undefined;
  return createConnection({
    page: async () => {
      const events = await runs.listEvents(runId, { after, first: size + 1, levels, isLatest });
      const hasMore = events.length > size;
      return isLatest
        ? toPage(events.slice(-size), toEventCursor, false, hasMore || after > 0)
        : toPage(events.slice(0, size), toEventCursor, hasMore, after > 0);
    },
    count: () => runs.countEvents(runId, levels),
  });
}

/** Kept snapshots, newest first; a cursor is the snapshot's id. */
export function listSnapshotPage(
  snapshots: SnapshotStore,
  args: ForwardArgs,
  maxPageSize: number,
): Connection<Manifest> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, maxPageSize);
  return createConnection({
    page: async () => {
      return slicePage(await snapshots.listManifests(), first, args.after);
    },
    count: async () => (await snapshots.listManifests()).length,
  });
}

/** A page of a list that is there whole; a cursor is the id. */
export function slicePage<T extends { readonly id: string }>(
  all: readonly T[],
  first: number,
  after: string | null | undefined,
): Page<T> {
  const start = after ? all.findIndex(({ id }) => id === after) + 1 : 0;
  if (after && start === 0) throw unknownCursor(after);
  return toPage(all.slice(start, start + first), ({ id }) => id, all.length > start + first, start > 0);
}

export function toPage<T>(
  nodes: readonly T[],
  cursorOf: (node: T) => string,
  hasNextPage: boolean,
  hasPreviousPage: boolean,
): Page<T> {
  return { edges: nodes.map((node) => ({ node, cursor: cursorOf(node) })), hasNextPage, hasPreviousPage };
}

function bothEnds(first: number, last: number): InvalidInputError {
  return new InvalidInputError(
    `"first" is ${first} and "last" is ${last}; one of them is expected. Leave one out.`,
    { field: 'last', given: String(last), expected: 'first or last, not both' },
  );
}

export function unknownCursor(cursor: string): InvalidInputError {
  return new InvalidInputError(
    `The cursor "${cursor}" is not of this list; a cursor of an earlier answer is expected. Start again without "after".`,
    {
      field: 'after',
      given: cursor,
      expected: 'a cursor of an earlier answer',
    },
  );
}
