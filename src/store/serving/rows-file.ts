// The file of rows: a table per entity, what finds names in it, and the words that names are made of.
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { quoteName } from '../duckdb.ts';
import { closeBulkFile, openBulkFile } from './bulk-file.ts';
import { ENTITIES, type EntityName, type Kept, SERVING_FORMAT } from './layout.ts';
import { toIndexText } from './names.ts';
import { createWords } from './words.ts';

export interface Column {
  readonly name: string;
  readonly kept: Kept;
}

export function isText({ kept }: Column): boolean {
  return kept === 'TEXT' || kept === 'JSON';
}

/**
 * Rows as they cross from the engine to SQLite. The texts of a row are one array in JSON: the library fetches every text of more than
 * twelve bytes by a call of its own, and for the fifteen of a track those calls took twice as long as everything else.
 */
export interface PackedRows {
  readonly texts: readonly string[];
  /** A column after the other, ranks first; NaN is null, as it is to SQLite. */
  readonly numbers: Float64Array<ArrayBuffer>;
}

export interface RowsFile {
  /** Begins an entity. @param columns numbers first, then texts */
  begin(entity: EntityName, columns: readonly Column[]): void;
  /** Takes rows of it, in the order of their ranks. */
  take(rows: PackedRows): void;
  /** Ends it. */
  end(): void;
  finish(snapshotId: string): void;
}

export function writeRowsFile(path: string): RowsFile {
  const file = openBulkFile(path);
  file.exec('create table columns (entity text, name text, kept text)');
  const words = createWords();
  let open: EntityTable | null = null;
  return {
    begin: (entity, columns) => {
      open = createTable(file, entity, columns, words.take);
    },
    take: (rows) => open?.take(rows),
    end: () => {
      open?.end();
      open = null;
    },
    finish: (snapshotId) => {
      words.write(file);
      file.exec('create table facts (snapshot_id text)');
      file.prepare('insert into facts values (?)').run(snapshotId);
      closeBulkFile(file, SERVING_FORMAT);
    },
  };
}

type EntityTable = Pick<RowsFile, 'take' | 'end'>;

function createTable(
  file: DatabaseSync,
  entity: EntityName,
  columns: readonly Column[],
  onName: (text: string) => void,
): EntityTable {
  file.exec(
    `create table ${entity} (rank integer primary key, ${columns.map((c) => `${quoteName(c.name)} ${toSqliteType(c.kept)}`).join(', ')})`,
  );
  const describe = file.prepare('insert into columns values (?, ?, ?)');
  for (const column of columns) describe.run(entity, column.name, column.kept);
  const { isSearched, id } = ENTITIES[entity];
  const takeName = isSearched ? createNameWriter(file, entity) : null;
  const texts = columns.filter(isText).map(({ name }) => name);
  const [keyAt, textAt] = [texts.indexOf('name_key'), texts.indexOf('search_text')];
  // Row by row: at every statement of several rows FTS5 flushes the names that it holds, and merges them later.
  const insert = file.prepare(`insert into ${entity} values (?${', ?'.repeat(columns.length)})`);
  const width = 1 + columns.length - texts.length;
  return {
    take: (rows) => {
      const count = rows.texts.length;
      for (let row = 0; row < count; row++) {
        const values: SQLInputValue[] = [];
        for (let column = 0; column < width; column++)
          values.push(rows.numbers[column * count + row] as number);
        const found = JSON.parse(rows.texts[row] as string) as (string | null)[];
        insert.run(...values, ...found);
        if (takeName === null) continue;
        const text = found[textAt] ?? ` ${found[keyAt]} `;
        takeName(values[0] as number, text);
        onName(text);
      }
    },
    end: () => {
      file.exec(`create unique index ${entity}_id on ${entity} (${id})`);
      if (keyAt >= 0) file.exec(`create index ${entity}_name on ${entity} (name_key, ${id})`);
    },
  };
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

function toSqliteType(kept: Kept): string {
  return kept === 'BOOLEAN' ? 'integer' : kept === 'JSON' ? 'text' : kept.toLowerCase();
}
