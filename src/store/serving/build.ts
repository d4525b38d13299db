// Builds the serving index of a snapshot from its gold.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type DuckDb, quoteName } from '../duckdb.ts';
import { eachChunk } from '../row-chunks.ts';
import {
  ENTITIES,
  type EntityLayout,
  type EntityName,
  type Kept,
  keptAs,
  LINKS,
  type LinkLayout,
  SERVING_FORMAT,
} from './layout.ts';
import { toIndexText } from './names.ts';
import { searchTextSql } from './search-text.ts';
import { buildWords } from './words.ts';

/** The file in its artifact's folder. */
export const SERVING_FILE = 'serving.sqlite';

export interface ServingFacts {
  /** Rows of entities and links. */
  readonly rows: number;
}

/**
 * Writes the file into a folder, with one pass over each relation. It is not synced: whoever publishes it does that.
 *
 * @param db has gold's relations as gold.tracks and so on; a schema named serving_ranks is made there for the time being
 * @throws what the database throws; the folder is then without the file
 */
export async function buildServing(
  db: DuckDb,
  folder: string,
  options: {
    readonly snapshotId: string;
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: (done: number, total: number, table: string) => void;
  },
): Promise<ServingFacts> {
  const path = join(folder, SERVING_FILE);
  await rm(path, { force: true });
  const file = new DatabaseSync(path);
  try {
    // Nobody reads the file before it is whole, so nothing of it needs to survive.
    file.exec('pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -65536; begin');
    await db.run('create or replace schema serving_ranks');
    const rows = await fill(file, db, options);
    file.exec(`create table facts (snapshot_id text); pragma user_version = ${SERVING_FORMAT}`);
    file.prepare('insert into facts values (?)').run(options.snapshotId);
    file.exec('commit; analyze');
    return { rows };
  } catch (error) {
    file.close();
    await rm(path, { force: true });
    throw error;
  } finally {
    if (file.isOpen) file.close();
    await db.run('drop schema if exists serving_ranks cascade').catch(() => {});
  }
}

type BuildOptions = Parameters<typeof buildServing>[2];

async function fill(file: DatabaseSync, db: DuckDb, options: BuildOptions): Promise<number> {
  file.exec('create table columns (entity text, name text, kept text)');
  const tables = [...Object.keys(ENTITIES), ...Object.keys(LINKS), 'words'];
  let rows = 0;
  for (const [at, table] of tables.entries()) {
    options.signal?.throwIfAborted();
    options.onProgress?.(at, tables.length, table);
    if (table in ENTITIES) rows += await writeEntity(file, db, table as EntityName, options.signal);
    else if (table in LINKS)
      rows += await writeLink(file, db, table, LINKS[table as keyof typeof LINKS], options.signal);
    else buildWords(file);
  }
  return rows;
}

interface Column {
  readonly name: string;
  readonly kept: Kept;
}

async function writeEntity(
  file: DatabaseSync,
  db: DuckDb,
  name: EntityName,
  signal: AbortSignal | undefined,
): Promise<number> {
  const entity = ENTITIES[name];
  const columns = await listColumns(db, entity);
  const ranked = `serving_ranks.${name}`;
  await db.run(
    `create table ${ranked} as select row_number() over (order by ${entity.order})::integer as rank, ${entity.id} from ${entity.from}`,
    [],
    { signal },
  );
  file.exec(
    `create table ${name} (rank integer primary key, ${columns.map((c) => `${quoteName(c.name)} ${toSqliteType(c.kept)}`).join(', ')})`,
  );
  const describe = file.prepare('insert into columns values (?, ?, ?)');
  for (const column of columns) describe.run(name, column.name, column.kept);
  const takeName = entity.isSearched ? createNameWriter(file, name) : null;
  const keyAt = columns.findIndex((column) => column.name === 'name_key') + 1;
  const textAt = columns.findIndex((column) => column.name === 'search_text') + 1;
  // Row by row: at every statement of several rows FTS5 flushes the names that it holds, and merges them later.
  const insert = file.prepare(`insert into ${name} values (?${', ?'.repeat(columns.length)})`);
  let rows = 0;
  await eachChunk(
    db,
    `select r.rank, ${columns.map(toSelect).join(', ')} from ${ranked} r join ${entity.from} e using (${entity.id}) order by r.rank`,
    (chunk) => {
      for (const row of chunk) {
        insert.run(...(row as SQLInputValue[]));
        takeName?.(row[0] as number, (row[textAt] as string | null) ?? ` ${row[keyAt]} `);
      }
      rows += chunk.length;
    },
    { signal },
  );
  file.exec(`create unique index ${name}_id on ${name} (${entity.id})`);
  if (columns.some((column) => column.name === 'name_key'))
    file.exec(`create index ${name}_name on ${name} (name_key, ${entity.id})`);
  return rows;
}

/** Numbers first: SQLite reads a row from its beginning, and filters are mostly about numbers. */
async function listColumns(db: DuckDb, entity: EntityLayout): Promise<Column[]> {
  const described = await db.all<{ column_name: string; column_type: string }>(
    `describe select * from ${entity.from}`,
  );
  const columns = described.flatMap(({ column_name: name, column_type: type }) => {
    const kept = keptAs(type);
    return kept && !entity.omit.includes(name) ? [{ name, kept }] : [];
  });
  const isText = ({ kept }: Column) => kept === 'TEXT' || kept === 'JSON';
  const named = described.some((column) => column.column_name === 'name');
  return [
    ...columns.filter((column) => !isText(column)),
    ...columns.filter(isText),
    // The name in lower case where SQLite, which only knows ASCII, would get it wrong.
    ...(named ? [{ name: 'lower_name', kept: 'TEXT' as const }] : []),
    // The text in which terms are looked for, where it is not just the key between blanks.
    ...(entity.isSearched ? [{ name: 'search_text', kept: 'TEXT' as const }] : []),
  ];
}

function toSelect({ name, kept }: Column): string {
  if (name === 'lower_name')
    return 'case when strlen(e.name) <> length(e.name) then lower(e.name) end as lower_name';
  if (name === 'search_text') {
    const text = searchTextSql('e.name_key');
    return `case when ${text} <> ' ' || e.name_key || ' ' then ${text} end as search_text`;
  }
  const column = `e.${quoteName(name)}`;
  switch (kept) {
    case 'JSON':
      return `to_json(${column})::varchar`;
    case 'BOOLEAN':
      return `${column}::integer`;
    // Whole numbers beyond 2^31 cross as doubles, exact up to 2^53 like everywhere; the column makes them whole again.
    case 'INTEGER':
    case 'REAL':
      return `${column}::double`;
    case 'TEXT':
      return column;
  }
}

function toSqliteType(kept: Kept): string {
  return kept === 'BOOLEAN' ? 'integer' : kept === 'JSON' ? 'text' : kept.toLowerCase();
}

/** Contentless: the index finds ranks, the text itself stands in the entity's table. */
function createNameWriter(file: DatabaseSync, name: EntityName): (rank: number, text: string) => void {
  file.exec(
    `create virtual table ${name}_names using fts5(text, content='', columnsize=0, detail=none, tokenize='trigram')`,
  );
  const insert = file.prepare(`insert into ${name}_names (rowid, text) values (?, ?)`);
  return (rank, text) => {
    insert.run(rank, toIndexText(text));
  };
}

async function writeLink(
  file: DatabaseSync,
  db: DuckDb,
  name: string,
  link: LinkLayout,
  signal: AbortSignal | undefined,
): Promise<number> {
  file.exec(
    `create table ${name} (parent integer, place integer, child integer, primary key (parent, place, child)) without rowid`,
  );
  const insert = createLinkWriter(file, name);
  let rows = 0;
  await eachChunk(
    db,
    `select p.rank, ${link.place ?? 'c.rank'}, c.rank from ${link.from} l
     join serving_ranks.${link.parent} p on p.${ENTITIES[link.parent].id} = l.${ENTITIES[link.parent].id}
     join serving_ranks.${link.child} c on c.${ENTITIES[link.child].id} = l.${ENTITIES[link.child].id}
     order by 1, 2, 3`,
    (chunk) => {
      insert(chunk as readonly number[][]);
      rows += chunk.length;
    },
    { signal },
  );
  return rows;
}

/** Links of one statement: a run of it costs more than writing the three numbers of a link; more of them bring nothing. */
const LINKS_A_STATEMENT = 64;

function createLinkWriter(file: DatabaseSync, name: string): (links: readonly (readonly number[])[]) => void {
  const prepare = (links: number) =>
    file.prepare(`insert into ${name} values ${Array(links).fill('(?, ?, ?)').join(', ')}`);
  const [many, one] = [prepare(LINKS_A_STATEMENT), prepare(1)];
  return (links) => {
    let at = 0;
    for (; at + LINKS_A_STATEMENT <= links.length; at += LINKS_A_STATEMENT)
      many.run(...links.slice(at, at + LINKS_A_STATEMENT).flat());
    for (const link of links.slice(at)) one.run(...link);
  };
}
