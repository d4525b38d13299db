// Which keys of a relation came, went or changed between two snapshots, and what changed of them.
import { type DuckDb, quoteName, quoteText } from '../duckdb.ts';
import { readJsonRows } from '../json-rows.ts';
import type { ManifestRelation } from './manifest.ts';
import { hashRow } from './measure-file.ts';
import { selectFiles } from './relation-writer.ts';

export type KeyChange = 'ADDED' | 'REMOVED' | 'CHANGED';

/** A key that came, went or changed. Values are as JSON has them, as in JSON lines of an export. */
export interface ChangedKey {
  /** The columns of the key with their values. */
  readonly key: Readonly<Record<string, unknown>>;
  /** The other columns that differ, in the order of the newer relation; null where only one snapshot has the key. */
  readonly values: readonly ChangedValue[] | null;
}

export interface ChangedValue {
  readonly column: string;
  /** Null also where the older relation has no such column; so is `after` for the newer one. */
  readonly before: unknown;
  readonly after: unknown;
}

/** A relation in two snapshots, and the columns that tell its rows apart in both. */
export interface KeyedPair {
  readonly dataDir: string;
  /** Null where it is new. */
  readonly older: ManifestRelation | null;
  /** Null where it is gone. */
  readonly newer: ManifestRelation | null;
  readonly key: readonly string[];
}

/** The columns that tell rows apart in both; null where no manifest states them, or one of both lacks a column of them. */
export function findKey({ older, newer }: Pick<KeyedPair, 'older' | 'newer'>): readonly string[] | null {
  const key = newer?.key ?? older?.key ?? [];
  const sides = [older, newer].filter((side) => side !== null);
  const isWhole = key.every((name) => sides.every((side) => findType(side, name) !== null));
  return key.length > 0 && isWhole ? key : null;
}

/** SQL of how many keys came, went and changed. */
export function countChanges(
  pair: KeyedPair & { readonly older: ManifestRelation; readonly newer: ManifestRelation },
): string {
  return `select count(*) filter (where a.h is null) as added, count(*) filter (where b.h is null) as removed,
      count(*) filter (where a.h <> b.h) as changed
    from (${selectKeys(pair, pair.older)}) a full join (${selectKeys(pair, pair.newer)}) b on ${isSame(pair, 'a.k', 'b.k')}`;
}

/**
 * The first keys of a change, in the order of their columns, nulls last. Keys and hashes of all rows are compared, rows of those keys alone
 * are read whole.
 */
export async function listChangedKeys(
  db: DuckDb,
  pair: KeyedPair,
  { change, limit, signal }: { change: KeyChange; limit: number; signal: AbortSignal },
): Promise<ChangedKey[]> {
  const sql =
    change === 'CHANGED' ? selectChanged(pair, limit) : selectLone(pair, change === 'REMOVED', limit);
  if (sql === null) return [];
  const columns = await db.describe(sql, [], { signal });
  const lines = await readJsonRows(db, { sql, params: [], columns, signal });
  return lines.map((line) => toChangedKey(JSON.parse(line)));
}

interface Line {
  readonly key: Record<string, unknown>;
  /** Names of the columns that differ, and of these the values. */
  readonly columns?: readonly string[];
  readonly before?: Record<string, unknown>;
  readonly after?: Record<string, unknown>;
}

function toChangedKey({ key, columns, before = {}, after = {} }: Line): ChangedKey {
  const values = columns?.map((column) => ({
    column,
    before: before[column] ?? null,
    after: after[column] ?? null,
  }));
  return { key, values: values ?? null };
}

/** SQL of keys that one of both alone has; null where there is none that could have it. */
function selectLone(pair: KeyedPair, isOlder: boolean, limit: number): string | null {
  const [side, other] = isOlder ? [pair.older, pair.newer] : [pair.newer, pair.older];
  if (!side) return null;
  const lone = other
    ? `(${selectKeys(pair, side)}) a anti join (${selectKeys(pair, other)}) b on ${isSame(pair, 'a.k', 'b.k')}`
    : `(${selectKeys(pair, side)}) a`;
  return selectFirst(pair, lone, limit, {
    join: `join (${selectFiles(pair.dataDir, side)}) y on ${isRow(pair, 'y')}`,
    columns: [packKey(pair, 'y')],
  });
}

function selectChanged(pair: KeyedPair, limit: number): string | null {
  const { dataDir, older, newer } = pair;
  if (!older || !newer) return null;
  const changed = `(${selectKeys(pair, older)}) a join (${selectKeys(pair, newer)}) b on ${isSame(pair, 'a.k', 'b.k')} and a.h <> b.h`;
  const names = [...new Set([...newer.columns, ...older.columns].map(({ name }) => name))];
  const compared = names
    .filter((name) => !pair.key.includes(name))
    .map((name) => ({ name, differs: differs(older, newer, name) }));
  const pack = (alias: string, side: ManifestRelation) => {
    const fields = compared
      .filter(({ name }) => findType(side, name) !== null)
      .map(
        ({ name, differs }) =>
          `${quoteName(name)} := case when ${differs} then ${alias}.${quoteName(name)} end`,
      );
    return fields.length > 0 ? `struct_pack(${fields.join(', ')})` : 'null';
  };
  const found = compared.map(({ name, differs }) => `case when ${differs} then ${quoteText(name)} end`);
  return selectFirst(pair, changed, limit, {
    join: `join (${selectFiles(dataDir, older)}) x on ${isRow(pair, 'x')} join (${selectFiles(dataDir, newer)}) y on ${isRow(pair, 'y')}`,
    columns: [
      packKey(pair, 'y'),
      `list_filter([${found.join(', ')}]::varchar[], lambda name: name is not null) as columns`,
      `${pack('x', older)} as before`,
      `${pack('y', newer)} as after`,
    ],
  });
}

/** The first keys of those of `a`, joined with their rows. A key is a row's alone; should one not be, no more come than were asked for. */
function selectFirst(
  { key }: KeyedPair,
  from: string,
  limit: number,
  { join, columns }: { join: string; columns: readonly string[] },
): string {
  const first = (alias: string) =>
    `order by ${key.map((_, at) => `${alias}.k${at} nulls last`).join(', ')} limit ${limit}`;
  return `select ${columns.join(', ')}
    from (select ${key.map((_, at) => `a.k${at}`).join(', ')} from ${from} ${first('a')}) f ${join} ${first('f')}`;
}

/** SQL of the key and the hash of each row. */
function selectKeys(pair: KeyedPair, side: ManifestRelation): string {
  const columns = pair.key.map((name, at) => `${keyColumn(pair, name)} as k${at}`);
  return `select ${columns.join(', ')}, ${hashNamed(side)} as h from (${selectFiles(pair.dataDir, side)})`;
}

/** As both can be compared: as it is, or as text where its type is another now. */
function keyColumn({ older, newer }: KeyedPair, name: string, alias?: string): string {
  const column = alias ? `${alias}.${quoteName(name)}` : quoteName(name);
  const isOfOneType = !older || !newer || findType(older, name) === findType(newer, name);
  return isOfOneType ? column : `${column}::varchar`;
}

function isSame({ key }: KeyedPair, a: string, b: string): string {
  return key.map((_, at) => `${a}${at} is not distinct from ${b}${at}`).join(' and ');
}

/** Whether a whole row has a key that was found. */
function isRow(pair: KeyedPair, alias: string): string {
  return pair.key
    .map((name, at) => `${keyColumn(pair, name, alias)} is not distinct from f.k${at}`)
    .join(' and ');
}

function packKey({ key }: KeyedPair, alias: string): string {
  return `struct_pack(${key.map((name) => `${quoteName(name)} := ${alias}.${quoteName(name)}`).join(', ')}) as key`;
}

/** Whether a column of rows x and y differs; what only one of them has differs where it has a value. */
function differs(older: ManifestRelation, newer: ManifestRelation, name: string): string {
  const [was, is] = [findType(older, name), findType(newer, name)];
  const column = quoteName(name);
  if (was === null || is === null) return `${was === null ? 'y' : 'x'}.${column} is not null`;
  const cast = was === is ? '' : '::varchar';
  return `x.${column}${cast} is distinct from y.${column}${cast}`;
}

function findType({ columns }: ManifestRelation, name: string): string | null {
  return columns.find((column) => column.name === name)?.type ?? null;
}

/** The hash is the engine's, and both sides are read by the same one; the names tell a row from one whose columns are others. */
export function hashNamed({ columns }: ManifestRelation): string {
  return `hash(${quoteText(columns.map(({ name }) => name).join())}, ${hashRow(columns)})`;
}
