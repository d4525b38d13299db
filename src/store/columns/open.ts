// The columns of a snapshot as the rest of the store sees them. They are read from the first question on; until they are there, and where
// they cannot be, there are none and DuckDB answers.
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { ColumnAnswer, ColumnName, ColumnQuery, ColumnSource } from './column-query.ts';

export interface OpenColumns {
  /** What is in memory. The first call has it read, in a thread. Null until then, and where it cannot be. */
  current(): ColumnEngine | null;
  /** Has it read, and resolves when it is known whether there is any. */
  load(): Promise<void>;
  close(): Promise<void>;
}

export interface ColumnEngine {
  readonly rows: number;
  has(column: ColumnName): boolean;
  /** How many groups there may be at most; null when the columns are not all there. */
  countGroups(groupBy: readonly ColumnName[]): number | null;
  /** Null when the thread has gone: another engine has to answer. */
  ask(query: ColumnQuery): Promise<ColumnAnswer | null>;
}

export interface ColumnsOptions {
  readonly manifest: Manifest;
  readonly dataDir: string;
  readonly source: ColumnSource;
  /** What the columns may take; 0: there are none. */
  readonly maxMb: number;
  /** Of DuckDB while they are read. */
  readonly memoryMb: number;
  readonly tempDir: string;
  readonly tempMaxMb: number;
  readonly log: Log;
}

/** What the thread is told. */
export type ColumnsJob = Omit<ColumnsOptions, 'log'>;

/** What the thread is told then. */
export type ToThread = { readonly id: number; readonly query: ColumnQuery } | 'close';

/** What the thread tells: first what it has read, then answers. */
export type FromThread =
  | {
      readonly rows: number;
      readonly numbers: readonly ColumnName[];
      readonly texts: readonly (readonly [name: ColumnName, values: number])[];
    }
  | { readonly id: number; readonly answer: ColumnAnswer }
  | { readonly id: number; readonly error: string };

/** The id of a thread that has ended. */
const GONE = -1;

export function openColumns({ log, ...job }: ColumnsOptions): OpenColumns {
  let loading: Promise<void> | null = null;
  let engine: ColumnEngine | null = null;
  let worker: Worker | null = null;
  let isClosed = false;

  const load = async () => {
    const thread = new Worker(new URL('./thread.ts', import.meta.url), { workerData: job });
    worker = thread;
    thread.unref();
    const waiting = new Map<number, (answer: ColumnAnswer | null) => void>();
    const settle = (id: number, answer: ColumnAnswer | null) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    };
    await new Promise<void>((resolve) => {
      thread.on('message', (message: FromThread) => {
        if ('rows' in message) {
          engine = createEngine(message, thread, waiting);
          resolve();
        } else if ('answer' in message) settle(message.id, message.answer);
        else {
          log.error('A statistic could not be computed from columns; DuckDB does', { error: message.error });
          settle(message.id, null);
        }
      });
      thread.on('error', (error) => {
        if (!isClosed)
          log.warn('Columns for statistics are not in memory; DuckDB computes them, more slowly', {
            snapshot: job.manifest.id,
            error,
          });
      });
      thread.on('exit', () => {
        engine = null;
        for (const id of [...waiting.keys()]) settle(id, null);
        resolve();
      });
    });
  };
  const begin = () => {
    if (job.maxMb > 0 && !isClosed) loading ??= load();
    return loading ?? Promise.resolve();
  };

  return {
    current: () => {
      void begin();
      return engine;
    },
    load: begin,
    close: async () => {
      isClosed = true;
      const thread = worker;
      if (!thread || thread.threadId === GONE) return;
      await new Promise((resolve) => {
        thread.ref();
        thread.once('exit', resolve);
        thread.postMessage('close' satisfies ToThread);
      });
    },
  };
}

/** No columns at all: for readers that come and go, and for tests of DuckDB alone. */
export const NO_COLUMNS: OpenColumns = {
  current: () => null,
  load: async () => {},
  close: async () => {},
};

function createEngine(
  read: Extract<FromThread, { rows: number }>,
  thread: Worker,
  waiting: Map<number, (answer: ColumnAnswer | null) => void>,
): ColumnEngine {
  const texts = new Map(read.texts);
  const known = new Set([...read.numbers, ...texts.keys()]);
  let last = 0;
  return {
    rows: read.rows,
    has: (column) => known.has(column),
    countGroups: (groupBy) => {
      const sizes = groupBy.map((name) => texts.get(name));
      return sizes.every((size) => size !== undefined)
        ? sizes.reduce((product, size) => product * size, 1)
        : null;
    },
    ask: (query) => {
      last += 1;
      const id = last;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        thread.postMessage({ id, query } satisfies ToThread);
      });
    },
  };
}
