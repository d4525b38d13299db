// The one place that opens DuckDB. One connection runs one statement at a time; a semaphore keeps the number of
// statements below the thread pool; a signal or a time limit interrupts the statement in flight.
import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  DuckDBListValue,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  ResultReturnType,
  StatementType,
  version,
} from '@duckdb/node-api';
import type { Clock } from '../clock.ts';
import { GroovelakeError, isDiskFull, TimeoutError } from '../errors.ts';
import { createConnectionPlaces, toCancelled } from './connection-places.ts';
import { chooseSpillFolder, removeSpillFolder } from './spill-folder.ts';

/** The engine's version, e.g. v1.5.6: hashes of rows are its own. */
export const ENGINE_VERSION = version();

export type SqlValue = DuckDBValue;
export type SqlParams = readonly SqlValue[];

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** A column of a select, with the engine's own description of its type. */
export interface SqlColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** What the engine takes a text for. */
export interface StatementFacts {
  /** How many statements it is. */
  readonly count: number;
  /** What the one is, e.g. SELECT, which DESCRIBE, SUMMARIZE and SHOW are too; null unless it is one. */
  readonly kind: keyof typeof StatementType | null;
}

/** Some rows of a select that is read as it comes: at most 2,048. */
export interface RowChunk {
  readonly rowCount: number;
  /** The values of a column as the engine gives them: BIGINT as bigint, DATE as days, LIST as items. */
  column(at: number): readonly SqlValue[];
  /** The same values, each when it is asked for: cheaper where a row is read at a time. */
  vector(at: number): { getItem(row: number): SqlValue };
}

export interface DuckDb {
  /** Runs one statement and returns its rows as plain objects: BIGINT as number, DATE and TIMESTAMP as text, LIST as array, BLOB as bytes. */
  all<T>(sql: string, params?: SqlParams, options?: QueryOptions): Promise<T[]>;
  /** Runs one statement for its effect. */
  run(sql: string, params?: SqlParams, options?: QueryOptions): Promise<void>;
  /** How many statements a text is, and of which kind, without running it. */
  classify(sql: string, options?: QueryOptions): Promise<StatementFacts>;
  /** The columns of a select, without running it. */
  describe(sql: string, params?: SqlParams, options?: QueryOptions): Promise<SqlColumn[]>;
  /**
   * Runs one select and hands out its rows as they come, in memory that does not grow with their number. Holds a connection
   * until the iteration ends; the time limit is that of the whole iteration.
   */
  stream(sql: string, params?: SqlParams, options?: QueryOptions): AsyncIterable<RowChunk>;
  /** Appends rows to a table of this database, values in the order of its columns; far quicker than inserts. */
  append(table: string, rows: Iterable<readonly (string | number | Uint8Array | null)[]>): Promise<void>;
  /** How many statements have been started; tests use it to prove batching. */
  readonly statements: number;
  /** How many statements are under way. */
  readonly active: number;
  close(): Promise<void>;
}

export interface DuckDbOptions {
  /** `:memory:` or a file. */
  readonly path: string;
  readonly memoryMb: number;
  readonly threads: number;
  readonly maxConnections: number;
  /** Statements under one signal that are under way at once; as many as there are connections unless stated. */
  readonly maxPerSignal?: number;
  /** Where it may spill, in a folder of its own. */
  readonly tempDir: string;
  readonly tempMaxMb: number;
  readonly statementTimeoutMs?: number | undefined;
  /** The setting that this limit is of, for those who may change it. */
  readonly statementTimeoutName?: string;
  /** Rows of files come in the order in which they lie there; costs memory and a little time. False unless stated. */
  readonly keepsOrder?: boolean;
  readonly clock: Clock;
}

/**
 * Opens an instance with stated limits.
 *
 * `max_temp_directory_size` is set after opening: passed at creation it is shown but not enforced.
 */
export async function openDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  const spillFolder = await chooseSpillFolder(options.tempDir, options.clock.now());
  const instance = await DuckDBInstance.create(options.path, {
    memory_limit: `${options.memoryMb}MB`,
    threads: String(options.threads),
    temp_directory: spillFolder,
    preserve_insertion_order: String(options.keepsOrder ?? false),
  });
  const first = await instance.connect();
  // Time zones come with the bundled icu extension, which is loaded after the options above are read.
  await first.run("SET GLOBAL TimeZone = 'UTC'");
  await first.run(`SET max_temp_directory_size = '${options.tempMaxMb}MB'`);
  // Our files never change once they have their name: a statement over a wide relation is planned in 1 ms instead of 3.
  await first.run('SET GLOBAL parquet_metadata_cache = true');
  return createPool(instance, first, options, spillFolder);
}

/**
 * Locks an open instance for serving: reads inside `directories` only, no extension, no change of settings.
 * Writing inside those folders stays possible to DuckDB, so statements must come from our own code.
 */
export async function hardenDuckDb(db: DuckDb, directories: readonly string[]): Promise<void> {
  await db.run(`SET allowed_directories = [${directories.map(quoteText).join(', ')}]`);
  await db.run('SET enable_external_access = false');
  await db.run('SET allow_community_extensions = false');
  await db.run('SET autoinstall_known_extensions = false');
  await db.run('SET autoload_known_extensions = false');
  await db.run('SET lock_configuration = true');
}

/** Sets how much the engine may hold. What it holds above that is given back or spilled at once. */
export async function limitMemory(db: DuckDb, memoryMb: number): Promise<void> {
  await db.run(`SET memory_limit = '${memoryMb}MB'`);
}

/**
 * Sets how many threads work on a statement, the one that waits for it among them. That one looks for work again and again while the
 * others have all there is: a statement with work for one costs up to twice its processor time where two are allowed.
 */
export async function limitThreads(db: DuckDb, threads: number): Promise<void> {
  await db.run(`SET threads = ${threads}`);
}

/** A text as an SQL literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The statement that lets SQL say `name()` for a value, on every connection. A variable of the engine is its connection's own: another one
 * would read null where nobody looks.
 *
 * @param value as SQL
 */
export function nameValue(name: string, value: string | number | boolean): string {
  return `create or replace macro ${name}() as ${value}`;
}

const closed = () => new GroovelakeError('INTERNAL', 'The database is closed.');

function createPool(
  instance: DuckDBInstance,
  first: DuckDBConnection,
  options: DuckDbOptions,
  spillFolder: string,
): DuckDb {
  const idle: DuckDBConnection[] = [first];
  const places = createConnectionPlaces(options);
  let statements = 0;
  let isClosed = false;

  async function acquire(signal: AbortSignal | undefined): Promise<DuckDBConnection> {
    checkWanted(signal);
    await places.take(signal);
    try {
      checkWanted(signal);
      return idle.pop() ?? (await instance.connect());
    } catch (error) {
      places.giveBack(signal);
      throw error;
    }
  }

  function checkWanted(signal: AbortSignal | undefined): void {
    if (isClosed) throw closed();
    if (signal?.aborted) throw toCancelled(signal);
  }

  /** A connection for one statement, interrupted when the signal aborts or the time is over. */
  async function takeConnection(query: QueryOptions) {
    const connection = await acquire(query.signal);
    statements += 1;
    let stopped: GroovelakeError | undefined;
    let cancelNext = () => {};
    /** Again and again until the statement ends: the engine forgets an interrupt that comes before it has begun to run. */
    const interrupt = () => {
      connection.interrupt();
      cancelNext = options.clock.after(INTERRUPT_AGAIN_MS, interrupt);
    };
    const stop = (error: GroovelakeError) => {
      if (stopped) return;
      stopped = error;
      interrupt();
    };
    const onAbort = () => stop(toCancelled(query.signal));
    const limit = query.timeoutMs ?? options.statementTimeoutMs;
    const { statementTimeoutName: name } = options;
    const advice = `Ask for less, or ${name ? `raise ${name}` : 'narrow the filter'}.`;
    const cancelTimer = limit
      ? options.clock.after(limit, () =>
          stop(new TimeoutError(`The statement took longer than ${limit} ms. ${advice}`)),
        )
      : () => {};
    query.signal?.addEventListener('abort', onAbort, { once: true });
    return {
      connection,
      checkGoesOn: () => {
        if (query.signal?.aborted) throw toCancelled(query.signal);
        if (stopped) throw stopped;
      },
      /** What to throw for an error of the engine: why it was stopped, where it was. */
      explain: (error: unknown) => stopped ?? toTyped(error),
      giveBack: () => {
        cancelTimer();
        cancelNext();
        query.signal?.removeEventListener('abort', onAbort);
        if (isClosed) connection.closeSync();
        else idle.push(connection);
        places.giveBack(query.signal);
      },
    };
  }

  async function withConnection<T>(
    query: QueryOptions,
    work: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const taken = await takeConnection(query);
    try {
      taken.checkGoesOn();
      return await work(taken.connection);
    } catch (error) {
      throw taken.explain(error);
    } finally {
      taken.giveBack();
    }
  }

  async function* stream(sql: string, params: SqlParams, query: QueryOptions): AsyncGenerator<RowChunk> {
    const taken = await takeConnection(query);
    try {
      taken.checkGoesOn();
      const result = await taken.connection.stream(sql, params as DuckDBValue[], toTypes(params));
      for (;;) {
        const chunk = await result.fetchChunk();
        // An interrupt may look like the end of the rows.
        taken.checkGoesOn();
        if (!chunk || chunk.rowCount === 0) {
          // So does an error, of which the library keeps no more than this.
          if (result.returnType === ResultReturnType.INVALID) throw new GroovelakeError('STORE', CUT_OFF);
          return;
        }
        yield {
          rowCount: chunk.rowCount,
          column: (at) => chunk.getColumnValues(at),
          vector: (at) => chunk.getColumnVector(at),
        };
      }
    } catch (error) {
      throw taken.explain(error);
    } finally {
      taken.giveBack();
    }
  }

  return {
    all: (sql, params = [], query = {}) =>
      withConnection(query, async (connection) => {
        const reader = await connection.runAndReadAll(sql, ...toValues(params));
        return reader.getRowObjectsJS().map(toPlainRow) as never;
      }),
    run: (sql, params = [], query = {}) =>
      withConnection(query, async (connection) => {
        await connection.run(sql, ...toValues(params));
      }),
    classify: (sql, query = {}) =>
      withConnection(query, async (connection) => {
        const extracted = await connection.extractStatements(sql);
        if (extracted.count !== 1) return { count: extracted.count, kind: null };
        const prepared = await extracted.prepare(0);
        const kind = StatementType[prepared.statementType] as keyof typeof StatementType;
        prepared.destroySync();
        return { count: 1, kind };
      }),
    describe: (sql, params = [], query = {}) =>
      withConnection(query, async (connection) => {
        const result = await connection.run(
          `select * from (${sql}\n) limit 0`,
          params as DuckDBValue[],
          toTypes(params),
        );
        return result.columnNames().map((name, at) => ({ name, type: result.columnType(at) }));
      }),
    stream: (sql, params = [], query = {}) => stream(sql, params, query),
    append: (table, rows) =>
      withConnection({}, async (connection) => {
        const appender = await connection.createAppender(table);
        for (const row of rows) {
          for (const value of row) appendValue(appender, value);
          appender.endRow();
        }
        appender.closeSync();
      }),
    get statements() {
      return statements;
    },
    get active() {
      return places.active;
    },
    close: async () => {
      isClosed = true;
      for (const connection of idle.splice(0)) connection.closeSync();
      places.refuseAll(closed());
      instance.closeSync();
      await removeSpillFolder(spillFolder);
    },
  };
}

const CUT_OFF =
  'The engine failed in the middle of the rows and does not say why: its memory or the space for temporary files is used up, or a ' +
  'value cannot be converted. Raise its memory, or ask for less.';

/** Planning takes a few milliseconds. */
const INTERRUPT_AGAIN_MS = 20;

/** Without values a statement is one call into the engine; with some, were it none, it is five, each a turn of the thread pool and of the event loop. */
function toValues(params: SqlParams): [values?: DuckDBValue[], types?: DuckDBType[]] {
  return params.length === 0 ? [] : [params as DuckDBValue[], toTypes(params)];
}

/**
 * The library takes a whole number for BIGINT however large it is, and a list for one of what its first item is; 1e308 is a DOUBLE, and so are
 * numbers in a list. Undefined types are the library's choice.
 */
function toTypes(params: SqlParams): DuckDBType[] {
  return params.map(toType) as DuckDBType[];
}

function toType(value: SqlValue): DuckDBType | undefined {
  if (value instanceof DuckDBListValue) return typeof value.items[0] === 'number' ? LIST(DOUBLE) : undefined;
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? DOUBLE
    : undefined;
}

function appendValue(appender: DuckDBAppender, value: string | number | Uint8Array | null): void {
  if (value === null) appender.appendNull();
  else if (typeof value === 'number') appender.appendBigInt(BigInt(value));
  else if (typeof value !== 'string') appender.appendBlob(value);
  else appender.appendVarchar(value);
}

function toPlainRow(row: Record<string, unknown>): Record<string, unknown> {
  for (const key of Object.keys(row)) row[key] = toPlain(row[key]);
  return row;
}

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(toPlain);
  if (value !== null && typeof value === 'object') return toPlainRow(value as Record<string, unknown>);
  return value;
}

function toTyped(error: unknown): unknown {
  if (error instanceof GroovelakeError) return error;
  if (isDiskFull(error)) {
    return new GroovelakeError(
      'DISK_FULL',
      'The disk is full, or the space for temporary files is used up. Free space, or raise GROOVELAKE_TEMP_MAX_MB.',
      { cause: error, isRetryable: true },
    );
  }
  if (error instanceof Error && /^Out of Memory Error/i.test(error.message)) {
    return new GroovelakeError(
      'OUT_OF_MEMORY',
      `The statement needs more memory than it may use (${error.message.replace(/\s+/g, ' ').slice(0, 300)}).`,
      {
        cause: error,
      },
    );
  }
  return error;
}
