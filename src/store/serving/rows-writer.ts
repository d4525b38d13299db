// Hands rows to the thread that writes them.
import { Worker } from 'node:worker_threads';
import { GroovelakeError } from '../../errors.ts';
import type { EntityName } from './layout.ts';
import type { Column, PackedRows } from './rows-file.ts';

/** What the thread does with its file (RowsFile). */
export type RowsTask =
  | { readonly what: 'begin'; readonly entity: EntityName; readonly columns: readonly Column[] }
  | { readonly what: 'take'; readonly rows: PackedRows }
  | { readonly what: 'end' }
  | { readonly what: 'finish'; readonly snapshotId: string };

export interface RowsWriter {
  /** Resolves when there is room for more; rejects with what went wrong in the thread, then or before. */
  give(task: RowsTask): Promise<void>;
  /** Resolves when the file is whole. */
  finish(snapshotId: string): Promise<void>;
  /** Ends the thread where it is. */
  stop(): Promise<void>;
}

/** Tasks on their way, of up to 2,048 rows each: bounds the memory while the thread is slower than whoever reads. */
const MAX_WAITING = 8;

export function startRowsWriter(path: string): RowsWriter {
  const worker = new Worker(new URL('./rows-thread.ts', import.meta.url), { workerData: path });
  let waiting = 0;
  let isFinishing = false;
  let failure: unknown;
  const asleep: (() => void)[] = [];
  const wake = () => {
    for (const proceed of asleep.splice(0)) proceed();
  };
  worker.on('message', () => {
    waiting -= 1;
    wake();
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('error', (error) => {
      failure = error;
    });
    worker.once('exit', (code) => {
      if (code !== 0 || !isFinishing)
        failure ??= new GroovelakeError('INTERNAL', 'The thread of the serving index was stopped.');
      wake();
      resolve();
    });
  });
  const check = () => {
    if (failure !== undefined) throw failure;
  };
  return {
    give: async (task) => {
      check();
      waiting += 1;
      worker.postMessage(task, task.what === 'take' ? [task.rows.numbers.buffer] : []);
      while (waiting >= MAX_WAITING && failure === undefined)
        await new Promise<void>((resolve) => asleep.push(resolve));
      check();
    },
    finish: async (snapshotId) => {
      isFinishing = true;
      worker.postMessage({ what: 'finish', snapshotId } satisfies RowsTask);
      await ended;
      check();
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}
