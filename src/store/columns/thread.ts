// The thread that holds the columns of a snapshot: reads them once, then answers one query after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.ts';
import { invariant } from '../../errors.ts';
import { openDuckDb } from '../duckdb.ts';
import { createRelationViews } from '../snapshots/relation-views.ts';
import { lowerThisThread } from '../thread-priority.ts';
import { answerQuery } from './answer.ts';
import type { Columns } from './columns.ts';
import { loadColumns } from './load.ts';
import type { ColumnsJob, FromThread, ToThread } from './open.ts';
import { prepareSums, type SumsShape } from './prepared-sums.ts';
import { orderRows } from './row-order.ts';
import { Scratch } from './scratch.ts';

lowerThisThread();
const port = parentPort;
invariant(port, 'this file runs as a thread');
const tell = (message: FromThread, moved: ArrayBuffer[] = []) => port.postMessage(message, moved);
const scratch = new Scratch();
const stop = new AbortController();
const reading = read(workerData as ColumnsJob, stop.signal);
port.on('message', async (message: ToThread) => {
  if (message === 'close') {
    // A thread that is ended while the engine works for it takes the process along: it ends by itself, once the engine is closed.
    stop.abort();
    await reading.catch(() => {});
    port.close();
    return;
  }
  if ('prepare' in message)
    return tell({ shape: message.prepare, prepared: await prepare(message).catch(() => null) });
  const { id, query } = message;
  try {
    const answer = answerQuery(await reading, query, scratch);
    // Handed over, not copied; figures of one kind are of one array each.
    const arrays = new Set([answer.groups, ...answer.figures].map(({ buffer }) => buffer as ArrayBuffer));
    tell({ id, answer }, [...arrays]);
  } catch (error) {
    tell({ id, error: String(error) });
  }
});
tell({ columns: await reading });

async function prepare({ prepare: shape, order: known }: Extract<ToThread, { prepare: SumsShape }>) {
  const columns = await reading;
  const column = columns.numbers.get(shape.column);
  const order = known ?? (column ? orderRows(columns, column) : null);
  return order && prepareSums(columns, shape, order, scratch);
}

async function read(
  { manifest, dataDir, source, maxMb, ...limits }: ColumnsJob,
  signal: AbortSignal,
): Promise<Columns> {
  const db = await openDuckDb({
    path: ':memory:',
    ...limits,
    threads: 1,
    maxConnections: 1,
    clock: systemClock,
  });
  try {
    await createRelationViews(db, manifest, dataDir);
    return await loadColumns(db, source, maxMb * 1_000_000, signal);
  } finally {
    await db.close();
  }
}
