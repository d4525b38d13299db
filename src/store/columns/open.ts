// The columns of a snapshot as the rest of the store sees them. They are read from the first question on; until they are there, and where
// they cannot be, there are none and DuckDB answers.
import { Worker } from 'node:worker_threads';
import type { Log } from '../../log.ts';
import { SquareSums } from '../exact-sums.ts';
import type { Manifest } from '../snapshots/manifest.ts';
import type { ColumnAnswer, ColumnFigure, ColumnName, ColumnQuery, ColumnSource } from './column-query.ts';
import type { Columns } from './columns.ts';
import { keysOf, numberOf } from './group-rows.ts';
import { answerFromSums, findShape, type PreparedSums, type SumsShape } from './prepared-sums.ts';
import type { RowOrder } from './row-order.ts';
import { Scratch } from './scratch.ts';
import { createSumsMemory, type SumsMemory } from './sums-memory.ts';

export interface OpenColumns {
  /** What is in memory. The first call has it read, in a thread. Null until then, and where it cannot be. */
  current(): ColumnEngine | null;
  /** Has it read, and resolves when it is known whether there is any. */
  load(): Promise<void>;
  close(): Promise<void>;
}

export interface ColumnEngine {
  readonly rows: number;
  /** Questions that the thread was asked; tests prove with it that others were answered from prepared sums. */
  readonly walks: number;
  has(column: ColumnName): boolean;
  /** Whether a figure is exact, and so the same as DuckDB's; what is not is DuckDB's alone. */
  isExact(figure: ColumnFigure): boolean;
  /** How many groups there may be at most; null when the columns are not all there. */
  countGroups(groupBy: readonly ColumnName[]): number | null;
  /** The texts of a group's number, null for the rows without one. */
  keysOf(groupBy: readonly ColumnName[], group: number): (string | null)[];
  /** The number of a group by its texts; null where there is none. */
  numberOf(groupBy: readonly ColumnName[], keys: readonly (string | null)[]): number | null;
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
export type ToThread =
  | { readonly id: number; readonly query: ColumnQuery }
  | { readonly prepare: SumsShape; readonly order: RowOrder | null }
  | 'close';

/** What the thread tells: first what it has read, in arrays that it shares; then answers. */
export type FromThread =
  | { readonly columns: Columns }
  | { readonly id: number; readonly answer: ColumnAnswer }
  | { readonly shape: SumsShape; readonly prepared: PreparedSums | null }
  | { readonly id: number; readonly error: string };

/** Of prepared sums. At a million tracks an order of rows takes 4 MB, and what is added up along it 4 MB at the most. */
const MAX_SUMS_BYTES = 24_000_000;

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
    const sums = createSumsMemory(MAX_SUMS_BYTES);
    const waiting = new Map<number, (answer: ColumnAnswer | null) => void>();
    const settle = (id: number, answer: ColumnAnswer | null) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    };
    await new Promise<void>((resolve) => {
      thread.on('message', (message: FromThread) => {
        if ('columns' in message) {
          engine = createEngine(message.columns, sums, thread, waiting);
          resolve();
        } else if ('shape' in message) sums.keep(message.shape, message.prepared);
        else if ('answer' in message) settle(message.id, message.answer);
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
  columns: Columns,
  sums: SumsMemory,
  thread: Worker,
  waiting: Map<number, (answer: ColumnAnswer | null) => void>,
): ColumnEngine {
  const { numbers, texts, lists } = columns;
  const scratch = new Scratch();
  let walks = 0;
  return {
    rows: columns.rows,
    get walks() {
      return walks;
    },
    has: (column) => numbers.has(column) || texts.has(column) || lists.has(column),
    isExact: ({ figure, ...of }) => {
      if (figure !== 'SUM' && figure !== 'AVG' && figure !== 'STDDEV') return true;
      const units = 'column' in of ? numbers.get(of.column)?.units : null;
      return !!units && (figure !== 'STDDEV' || SquareSums.holds(units, columns.rows));
    },
    countGroups: (groupBy) => {
      const sizes = groupBy.map((name) => (lists.get(name) ?? texts.get(name))?.values.length);
      return sizes.every((size) => size !== undefined)
        ? sizes.reduce((product, size) => product * size, 1)
        : null;
    },
    keysOf: (groupBy, group) => keysOf(columns, groupBy, group),
    numberOf: (groupBy, keys) => numberOf(columns, groupBy, keys),
    ask: (query) => {
      const shape = findShape(columns, query);
      const prepared = shape && sums.find(shape);
      if (prepared) return Promise.resolve(answerFromSums(columns, prepared, query, scratch));
      walks += 1;
      const id = walks;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        thread.postMessage({ id, query } satisfies ToThread);
        if (!shape || !sums.isWanted(shape)) return;
        const order = sums.findOrder(shape.column);
        thread.postMessage({ prepare: shape, order } satisfies ToThread);
      });
    },
  };
}
