// Pages of runs and of their events in the shape of a connection.
import { InvalidInputError } from '../../errors.ts';
import { type Connection, createConnection, DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import type { EventLevel, Run, RunEvent, RunFilter, RunStore } from '../../store/runs/run-store.ts';
import { type ForwardArgs, toPage, unknownCursor } from '../id-pages.ts';
import { readListSize, readValues } from '../list-size.ts';
import { readEventCursor, toEventCursor } from './event-cursor.ts';

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
      return toPage(found.runs, (run) => run.id, {
        hasNextPage: found.hasMore,
        hasPreviousPage: after !== undefined,
      });
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
  const levels = readValues(args.levels, 'levels');
  return createConnection({
    page: async () => {
      const events = await runs.listEvents(runId, { after, first: size + 1, levels, isLatest });
      const hasMore = events.length > size;
      return isLatest
        ? toPage(events.slice(-size), toEventCursor, {
            hasNextPage: false,
            hasPreviousPage: hasMore || after > 0,
          })
        : toPage(events.slice(0, size), toEventCursor, { hasNextPage: hasMore, hasPreviousPage: after > 0 });
    },
    count: () => runs.countEvents(runId, levels),
  });
}

function bothEnds(first: number, last: number): InvalidInputError {
  return new InvalidInputError(
    `"first" is ${first} and "last" is ${last}; one of them is expected. Leave one out.`,
    { field: 'last', given: String(last), expected: 'first or last, not both' },
  );
}
