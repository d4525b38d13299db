// Builds the serving index of a snapshot from its gold.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDb, quoteName } from '../duckdb.ts';
import {
  ENTITIES,
  type EntityLayout,
  type EntityName,
  keptAs,
  LINKS,
  type LinkLayout,
  type LinkName,
  SERVING_FILES,
} from './layout.ts';
import { type LinksFile, writeLinksFile } from './links-file.ts';
import { type Column, isText } from './rows-file.ts';
import { type RowsWriter, startRowsWriter } from './rows-writer.ts';
import { searchTextSql } from './search-text.ts';

export interface ServingFacts {
  /** Rows of entities and links. */
  readonly rows: number;
}

export interface BuildOptions {
  readonly snapshotId: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number, table: string) => void;
}

/**
 * Writes the files into a folder, with one pass over each relation; rows in a thread of their own. They are not synced: whoever publishes
 * them does that.
 *
 * @param db has gold's relations as gold.tracks and so on; a schema named serving_ranks is made there for the time being. Two statements
 * run at a time
 * @throws what the database throws; the folder is then without the files
 */
export async function buildServing(db: DuckDb, folder: string, options: BuildOptions): Promise<ServingFacts> {
  // First what may fail at once: a thread that has begun would go on.
  const linksFile = writeLinksFile(join(folder, SERVING_FILES.links));
  const rowsWriter = startRowsWriter(join(folder, SERVING_FILES.rows));
  try {
    const rows = await fill({ db, rowsWriter, linksFile }, options);
    linksFile.finish();
    await rowsWriter.finish(options.snapshotId);
    return { rows };
  } catch (error) {
    linksFile.close();
    await rowsWriter.stop();
    for (const name of Object.values(SERVING_FILES)) await rm(join(folder, name), { force: true });
    throw error;
  } finally {
    await db.run('drop schema if exists serving_ranks cascade').catch(() => {});
  }
}

interface Parts {
  readonly db: DuckDb;
  readonly rowsWriter: RowsWriter;
  readonly linksFile: LinksFile;
}

/** Links and entities are read at the same time, and one has something to write while the engine sorts for the other. */
async function fill(parts: Parts, { signal, onProgress }: BuildOptions): Promise<number> {
  const entities = Object.keys(ENTITIES) as EntityName[];
  const links = Object.keys(LINKS) as LinkName[];
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  let done = 0;
  const writeAll = async <Name extends string>(names: readonly Name[], write: Write<Name>) => {
    let rows = 0;
    for (const name of names) {
      either.throwIfAborted();
      onProgress?.(done, entities.length + links.length, name);
      rows += await write(parts, name, either);
      done += 1;
    }
    return rows;
  };
  await rankEntities(parts.db, entities, either);
  const both = [
    writeAll(entities, writeEntity),
    writeMerges(parts, either)
      .then(() => writeMarketSets(parts, either))
      .then(() => writeAll(links, writeLink)),
  ];
  try {
    return (await Promise.all(both)).reduce((sum, rows) => sum + rows, 0);
  } catch (error) {
    failed.abort();
    await Promise.allSettled(both);
    throw error;
  }
}

type Write<Name> = (parts: Parts, name: Name, signal: AbortSignal) => Promise<number>;

async function rankEntities(db: DuckDb, names: readonly EntityName[], signal: AbortSignal): Promise<void> {
  await db.run('create or replace schema serving_ranks');
  for (const name of names) {
    const { order, id, from } = ENTITIES[name];
    const ranked = `select row_number() over (order by ${order})::integer as rank, ${id} from ${from}`;
    await db.run(`create table serving_ranks.${name} as ${ranked}`, [], { signal });
  }
}

async function writeEntity(
  { db, rowsWriter }: Parts,
  name: EntityName,
  signal: AbortSignal,
): Promise<number> {
  const { from, id } = ENTITIES[name];
  const columns = await listColumns(db, ENTITIES[name]);
  const texts = columns.filter(isText).map(toSelect);
  const numbers = ['r.rank::double', ...columns.filter((column) => !isText(column)).map(toSelect)];
  const select = `select json_array(${texts.join(', ')})::varchar, ${numbers.join(', ')}
    from serving_ranks.${name} r join ${from} e using (${id}) order by r.rank`;
  await rowsWriter.give({ what: 'begin', entity: name, columns });
  let rows = 0;
  for await (const chunk of db.stream(select, [], { signal })) {
    const count = chunk.rowCount;
    const packed = { texts: chunk.column(0) as string[], numbers: new Float64Array(numbers.length * count) };
    for (let at = 0; at < numbers.length; at++) {
      const column = chunk.vector(1 + at);
      for (let row = 0; row < count; row++) packed.numbers[at * count + row] = column.getItem(row) as number;
    }
    await rowsWriter.give({ what: 'take', rows: packed });
    rows += count;
  }
  await rowsWriter.give({ what: 'end' });
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
  if (name === 'lower_name') return 'case when strlen(e.name) <> length(e.name) then lower(e.name) end';
  if (name === 'search_text') {
    const text = searchTextSql('e.name_key');
    // Letters, digits and single blanks read the same: most names need not be folded to know it.
    return `case when regexp_full_match(e.name_key, '[a-z0-9]+( [a-z0-9]+)*') then null
      when ${text} <> ' ' || e.name_key || ' ' then ${text} end`;
  }
  const column = `e.${quoteName(name)}`;
  switch (kept) {
    case 'JSON':
      return `to_json(${column})::varchar`;
    // Whole numbers beyond 2^31 cross as doubles, exact up to 2^53 like everywhere; the column makes them whole again. No number is null to
    // SQLite, and dear to the library is a null: it asks a bit of a BigInt for every value of a chunk that has one.
    case 'BOOLEAN':
    case 'INTEGER':
    case 'REAL':
      return `coalesce(${column}::double, 'nan'::double)`;
    case 'TEXT':
      return column;
  }
}

async function writeLink({ db, linksFile }: Parts, name: LinkName, signal: AbortSignal): Promise<number> {
  const link: LinkLayout = LINKS[name];
  const [parent, child] = [ENTITIES[link.parent].id, ENTITIES[link.child].id];
  let rows = 0;
  const select = `select p.rank, ${link.place ?? 'c.rank'}, c.rank from ${link.from} l
     join serving_ranks.${link.parent} p on p.${parent} = l.${link.parentId ?? parent}
     join serving_ranks.${link.child} c on c.${child} = l.${child}
     order by 1, 2, 3`;
  for await (const chunk of db.stream(select, [], { signal })) {
    const numbers = new Int32Array(3 * chunk.rowCount);
    for (const at of [0, 1, 2]) {
      const column = chunk.vector(at);
      for (let row = 0; row < chunk.rowCount; row++) numbers[3 * row + at] = column.getItem(row) as number;
    }
    linksFile.take(name, numbers);
    rows += chunk.rowCount;
  }
  return rows;
}

async function writeMerges({ db, linksFile }: Parts, signal: AbortSignal): Promise<void> {
  const select = 'select named_id, artist_id from gold.artist_merges order by named_id';
  await eachPair(db, select, signal, linksFile.takeMerge);
}

async function writeMarketSets({ db, linksFile }: Parts, signal: AbortSignal): Promise<void> {
  const select = `select market_set_id, ' ' || string_agg(market, ' ' order by market) || ' ' from gold.market_sets
    group by market_set_id order by market_set_id`;
  await eachPair(db, select, signal, linksFile.takeMarketSet);
}

async function eachPair(
  db: DuckDb,
  select: string,
  signal: AbortSignal,
  take: (one: string, other: string) => void,
): Promise<void> {
  for await (const chunk of db.stream(select, [], { signal })) {
    const [ones, others] = [chunk.column(0), chunk.column(1)] as [string[], string[]];
    for (const [at, one] of ones.entries()) take(one, others[at] as string);
  }
}
