// Pages of batches in the shape of a connection.
import { type Connection, createConnection, DEFAULT_PAGE_SIZE } from '../../store/catalog/page.ts';
import { type BatchView, describeBatch } from '../../store/landing/describe-batch.ts';
import type { Batch, BatchFilter, BatchStatus } from '../../store/landing/landing-store.ts';
import { once } from '../../store/once.ts';
import type { Run } from '../../store/runs/run-store.ts';
import type { Context } from '../context.ts';
import { type ForwardArgs, slicePage, toPage, unknownCursor } from '../id-pages.ts';
import { readListSize, readValues } from '../list-size.ts';

/** What clients may ask for. */
export interface BatchConditions {
  readonly sources?: readonly string[] | null | undefined;
  readonly statuses?: readonly BatchStatus[] | null | undefined;
  readonly runId?: string | null | undefined;
  readonly isServed?: boolean | null | undefined;
}

/** Null for an unknown id. */
export async function findBatch(context: Context, id: string): Promise<BatchView | null> {
  const batch = await context.landing.findBatch(id);
  return batch && describe(context)(batch);
}

/** Batches, newest first; a cursor is the batch's id. */
export async function listBatches(
  context: Context,
  args: ForwardArgs,
  where: BatchConditions,
): Promise<Connection<BatchView>> {
  return listBatchPage(context, args, await toFilter(context, where));
}

/** The same, of those that a filter names. */
export function listBatchPage(
  context: Context,
  args: ForwardArgs,
  filter: BatchFilter,
): Connection<BatchView> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, context.config.maxPageSize);
  const after = args.after ?? undefined;
  return createConnection({
    page: async () => {
      if (after !== undefined && !(await context.landing.findBatch(after))) throw unknownCursor(after);
      const { batches, hasMore } = await context.landing.listNewestBatches({ filter, first, after });
      return toPage(batches.map(describe(context)), ({ id }) => id, {
        hasNextPage: hasMore,
        hasPreviousPage: after !== undefined,
      });
    },
    count: () => context.landing.countBatches(filter),
  });
}

/** What a run landed, read with what others of its level did; nothing where the way from run to batch is withheld. */
export function listBatchesOf(run: Run, args: ForwardArgs, context: Context): Connection<BatchView> {
  const first = readListSize(args.first, DEFAULT_PAGE_SIZE, context.config.maxPageSize);
  const all = once(async () =>
    context.mayReadRun(run) ? (await context.loaders.batchesByRunId.load(run.id)).map(describe(context)) : [],
  );
  return createConnection({
    page: async () => slicePage(await all(), first, args.after),
    count: async () => (await all()).length,
  });
}

function describe({ findServedSnapshot }: Context): (batch: Batch) => BatchView {
  const served = new Set(findServedSnapshot()?.batches);
  return (batch) => describeBatch(batch, served);
}

async function toFilter(
  context: Context,
  { sources, statuses, runId, isServed }: BatchConditions,
): Promise<BatchFilter> {
  const served = context.findServedSnapshot()?.batches ?? [];
  return {
    sources: readValues(sources, 'sources'),
    statuses: readValues(statuses, 'statuses'),
    runIds: typeof runId === 'string' ? await listReadable(context, runId) : undefined,
    ids: isServed === true ? served : undefined,
    notIds: isServed === false ? served : undefined,
  };
}

/** None where whoever asks may not know what the run landed. */
async function listReadable({ runs, mayReadRun }: Context, runId: string): Promise<string[]> {
  const run = await runs.findRun(runId);
  return run && !mayReadRun(run) ? [] : [runId];
}
