// Whether a text that somebody else wrote does nothing but read: the engine says so, which alone knows where a statement ends.
import { InvalidInputError, isGroovelakeError, messageOf } from '../errors.ts';
import type { DuckDb, SqlParams } from './duckdb.ts';

/**
 * Functions of a select that write where they are told to, or run a text that says so: the log and the profile of the engine go to a file
 * inside the folders that it may read, whatever else is locked (duckdb_functions() of v1.5.6, tried one by one).
 */
const WRITERS = new Set(['ENABLE_LOGGING', 'ENABLE_PROFILING', 'JSON_EXECUTE_SERIALIZED_SQL']);

const WORDS = 'select with from values table pivot unpivot describe summarize show explain'.split(' ');

/**
 * What a question begins with, behind comments that hold no other: the engine makes folders while it prepares an EXPORT, so that what it
 * is must be seen before it is asked.
 */
const BEGINNING = new RegExp(
  `^(?:\\s|--[^\\n]*\\n|/\\*(?:(?!/\\*|\\*/)[\\s\\S])*\\*/|\\()*(?:${WORDS.join('|')})\\b`,
  'i',
);

/** EXPLAIN runs what it explains where it is told to analyze, so that is held to the same. No comment may hide where it begins. */
const EXPLAIN = /^\s*explain\b\s*(?:analyze\b\s*|\(\s*(?:analyze|format)\b[^()]*\)\s*)?/i;

/**
 * Refuses all but one question: a SELECT (FROM, WITH, VALUES, DESCRIBE, SUMMARIZE and SHOW among them) or EXPLAIN of one. Nothing is run.
 *
 * @param db locked by hardenDuckDb, with what the question names
 * @throws InvalidInputError
 */
export async function checkReadOnly(
  db: Pick<DuckDb, 'all' | 'classify'>,
  sql: string,
  params: SqlParams = [],
): Promise<void> {
  if (!BEGINNING.test(sql)) throw notOne('begins with another word');
  const explained = sql.replace(EXPLAIN, '');
  if (explained !== sql) return checkReadOnly(db, explained, params);
  const { count, kind } = await db.classify(sql).catch(refuse);
  if (count !== 1 || kind === null)
    throw notOne(
      `has ${count} statements (a PIVOT that names no values is two: name them, on x in ('a', 'b'))`,
    );
  if (kind !== 'SELECT') throw notOne(`is ${kind}`);
  const writer = await findWriter(db, sql, params).catch(refuse);
  if (writer) throw notOne(`calls ${writer.toLowerCase()}, which writes or runs other statements`);
}

/** The engine's plan names every table function that is called, however it is written. */
async function findWriter(db: Pick<DuckDb, 'all'>, sql: string, params: SqlParams): Promise<string | null> {
  const plans = await db.all<{ explain_value: string }>(`explain (format json) ${sql}`, params);
  const functions = plans.flatMap(({ explain_value }) => listFunctions(JSON.parse(explain_value)));
  return functions.find((name) => WRITERS.has(name)) ?? null;
}

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
}

function listFunctions(nodes: readonly PlanNode[]): string[] {
  return nodes.flatMap(({ name, children }) => [name.trim(), ...listFunctions(children)]);
}

function notOne(what: string): InvalidInputError {
  return new InvalidInputError(
    `The sql ${what}; it takes one question: a text beginning with one of ${WORDS.join(', ')} is expected.`,
    { field: 'sql', expected: 'one select' },
  );
}

function refuse(error: unknown): never {
  if (isGroovelakeError(error)) throw error;
  const said = messageOf(error);
  throw new InvalidInputError(
    said.replace(/^Failed to extract statements: /, ''),
    { field: 'sql', expected: 'a select over the snapshot' },
    { cause: error },
  );
}
