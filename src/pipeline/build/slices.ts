// Writes a relation in slices: what its joins and its order hold in memory grows with the rows of a slice, not with the catalogue. Above
// its share of the memory the engine puts both sides of a join on disk: gold.tracks of 1.7 million tracks took twice its processor time.
//
// A slice is the select over inputs of which it has its share alone. The values that it answers for are those of rows that lie one behind
// the other: of another relation, or of what had to be found of all rows ahead, in the order in which the relation itself is to lie. So
// files one behind the other keep that order. The other inputs are read once and laid out by slice; were each slice to look for its rows
// in all of them, seven slices would read everything seven times.
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDb, quoteName, quoteText } from '../../store/duckdb.ts';
import type { RelationSpec } from '../../store/snapshots/relation-writer.ts';
import type { WrittenRelation } from '../../store/snapshots/snapshot-store.ts';
import type { RelationSql } from './relations.ts';

type Source = Pick<WrittenRelation, 'layer' | 'name' | 'rows' | 'files' | 'columns'>;

/** Rows of a file that lie one behind the other. */
interface Range {
  readonly path: string;
  readonly from: number;
  readonly to: number;
}

export interface SlicePlan extends Pick<RelationSpec, 'select' | 'slices' | 'key'> {
  /** Removes what was laid out. */
  close(): Promise<void>;
}

export interface SliceAbout {
  readonly db: DuckDb;
  /** Relations that have been built already. */
  readonly written: readonly Source[];
  readonly dataDir: string;
  /** Where to lay out what slices read; gone when they are closed. */
  readonly folder: string;
  readonly buildSliceRows: number;
  /** How the relation is to lie. */
  readonly orderBy?: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Says how a relation is to be written: in one piece, or in slices for which everything lies ready. Slices read views of their own, so that
 * other relations may be built at the same time.
 *
 * A key is looked for while a relation is measured in one piece only: that each slice has it says nothing of the whole.
 */
export async function openSlices(relation: RelationSql, about: SliceAbout): Promise<SlicePlan> {
  const { db, written, folder, buildSliceRows } = about;
  const { slices, sql, aheadSql } = relation;
  const source = slices && findSource(written, slices.of);
  const inOnePiece = { select: sql, ...keyOf(relation), close: async () => {} };
  if (!source || source.rows <= buildSliceRows) return inOnePiece;
  const schema = `slice_of_${relation.layer}_${relation.name}`;
  const viewOf = (name: string) => `${schema}.${name.replace('.', '_')}`;
  const close = async () => {
    await db.run(`drop schema if exists ${schema} cascade`);
    await rm(folder, { recursive: true, force: true });
  };
  await close();
  try {
    await mkdir(folder, { recursive: true });
    await db.run(`create schema ${schema}`);
    const cut =
      aheadSql === null ? source.files.map(toPlace(about.dataDir)) : [await findAhead(aheadSql, about)];
    const ranges = cut.flatMap(({ path, rows }) =>
      shareOut(rows, buildSliceRows).map((range) => ({ path, ...range })),
    );
    if (ranges.length === 0) {
      await close();
      return inOnePiece;
    }
    const shares = ranges.map((range, at) => selectRange(range, `${slices.column}, ${at} as slice`));
    await db.run(showSql(viewOf('shares'), shares.join(' union all ')));
    const read = aheadSql === null ? nameOf(source) : 'sliced.ahead';
    const laidOut = new Map<string, (at: number) => string>();
    for (const { of, where } of relation.sharedOut) {
      const part = findSource(written, of);
      const shared = `${of} join ${viewOf('shares')} using (${slices.column})${where ? ` where ${where}` : ''}`;
      const selectShare = part && (await layOut(part, shared, relation.slicedSql, about));
      if (selectShare) laidOut.set(of, selectShare);
    }
    return {
      select: [read, ...laidOut.keys()].reduce(
        (select, name) => select.replace(new RegExp(`\\b${name.replace('.', '\\.')}\\b`, 'g'), viewOf(name)),
        relation.slicedSql,
      ),
      slices: ranges.map((range, at) => [
        showSql(viewOf(read), selectRange(range, '*')),
        ...[...laidOut].map(([name, selectShare]) => showSql(viewOf(name), selectShare(at))),
      ]),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What a row group may have: as with staged documents, wide rows of two threads are held until theirs is full. */
const ROW_GROUP_ROWS = 20_480;
/** Rows that a thread keeps until it writes them to their slices. With the default of 524,288 those of silver.tracks went to disk first: 3.9 instead of 2.6 s. */
const ROWS_KEPT = 100_000;
const WRITTEN = `format parquet, compression uncompressed, row_group_size ${ROW_GROUP_ROWS}`;

async function findAhead(
  sql: string,
  { db, folder, orderBy, signal }: SliceAbout,
): Promise<{ path: string; rows: number }> {
  const path = join(folder, 'ahead.parquet');
  const order = orderBy ? ` order by ${orderBy}` : '';
  const [found] = await db.all<{ Count: number }>(
    `copy (select * from (${sql}\n)${order}) to ${quoteText(path)} (${WRITTEN})`,
    [],
    { signal },
  );
  return { path, rows: found?.Count ?? 0 };
}

/** Writes rows of a relation by slice, as far as the select names its columns. @returns the select of a slice's rows; null where there are no rows at all */
async function layOut(
  source: Source,
  shared: string,
  sql: string,
  { db, folder, signal }: SliceAbout,
): Promise<((at: number) => string) | null> {
  const code = sql.replace(/--.*$/gm, '');
  const columns = source.columns
    .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(code))
    .map(({ name }) => quoteName(name));
  const to = join(folder, nameOf(source));
  // One call, since the setting is that of a connection.
  await db.run(
    `set partitioned_write_flush_threshold = ${ROWS_KEPT};
     copy (select ${columns.join(', ')}, slice from ${shared}) to ${quoteText(to)} (${WRITTEN}, partition_by (slice))`,
    [],
    { signal },
  );
  const slices = await readdir(to).catch((): string[] => []);
  const [first] = slices;
  if (!first) return null;
  const select = (slice: string) =>
    `select * from read_parquet(${quoteText(join(to, slice, '*.parquet'))}, hive_partitioning = false)`;
  return (at) => (slices.includes(`slice=${at}`) ? select(`slice=${at}`) : `${select(first)} where false`);
}

function selectRange({ path, from, to }: Range, columns: string): string {
  return `select ${columns} from read_parquet(${quoteText(path)}, hive_partitioning = false) where file_row_number >= ${from} and file_row_number < ${to}`;
}

function toPlace(dataDir: string) {
  return ({ path, rows }: Source['files'][number]) => ({ path: join(dataDir, path), rows });
}

function findSource(written: readonly Source[], name: string): Source | undefined {
  return written.find((relation) => nameOf(relation) === name);
}

function nameOf({ layer, name }: Pick<Source, 'layer' | 'name'>): string {
  return `${layer}.${name}`;
}

function showSql(name: string, select: string): string {
  return `create or replace view ${name} as ${select}`;
}

/** Parts of about one size, none larger than `most`. */
export function shareOut(rows: number, most: number): { from: number; to: number }[] {
  const count = Math.ceil(rows / most);
  const at = (part: number) => Math.round((rows * part) / count);
  return Array.from({ length: count }, (_, part) => ({ from: at(part), to: at(part + 1) }));
}

/** The key as whoever writes the relation may look for it; nothing for a relation without one. */
export function keyOf({ key, nullable }: Pick<RelationSql, 'key' | 'nullable'>): Pick<RelationSpec, 'key'> {
  if (key.length === 0) return {};
  return { key: { columns: key, certain: key.filter((column) => !nullable.includes(column)) } };
}
