// The thread that holds the columns of a snapshot: reads them once, then answers one query after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../clock.ts';
import { invariant } from '../../errors.ts';
import { createRelationViews } from '../catalog/relation-views.ts';
import { openDuckDb } from '../duckdb.ts';
import { lowerThisThread } from '../thread-priority.ts';
import { answerQuery } from './answer.ts';
import type { ColumnQuery } from './column-query.ts';
import type { Columns } from './columns.ts';
import { loadColumns } from './load.ts';
import type { ColumnsJob, FromThread } from './open.ts';
import { Scratch } from './scratch.ts';

lowerThisThread();
const port = parentPort;
invariant(port, 'this file runs as a thread');
const tell = (message: FromThread) => port.postMessage(message);
const scratch = new Scratch();
const columns = await read(workerData as ColumnsJob);
port.on('message', ({ id, query }: { id: number; query: ColumnQuery }) => {
  try {
    tell({ id, answer: answerQuery(columns, query, scratch) });
  } catch (error) {
    tell({ id, error: String(error) });
  }
});
const texts = [...columns.texts, ...columns.lists];
tell({
  rows: columns.rows,
  numbers: [...columns.numbers.keys()],
  texts: texts.map(([name, { values }]) => [name, values.length]),
});

async function read({ manifest, dataDir, source, maxMb, ...limits }: ColumnsJob): Promise<Columns> {
  const db = await openDuckDb({
    path: ':memory:',
    ...limits,
    threads: 1,
    maxConnections: 1,
    clock: systemClock,
  });
  try {
    await createRelationViews(db, manifest, dataDir);
    return await loadColumns(db, source, maxMb * 1_000_000);
  } finally {
    await db.close();
  }
}
