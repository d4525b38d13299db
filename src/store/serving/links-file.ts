// The file of links: a table for each pair of entities, of ranks, one of ids that artists have left behind, and one of sets of markets.
import type { StatementSync } from 'node:sqlite';
import { closeBulkFile, openBulkFile } from './bulk-file.ts';
import { LINKS, type LinkName, SERVING_FORMAT } from './layout.ts';

export interface LinksFile {
  /** Takes links in the order of the table: parent, place, child, one after the other. */
  take(link: LinkName, numbers: Int32Array): void;
  /** Takes an id that an artist has left behind, and the one it goes by now. */
  takeMerge(namedId: string, artistId: string): void;
  /** Takes a set of markets: their codes, with a blank before and behind each. */
  takeMarketSet(id: string, markets: string): void;
  finish(): void;
  /** Safe to call twice, and after `finish`. */
  close(): void;
}

/** Links of one statement: a run of it costs more than writing the three numbers of a link; more of them bring nothing. */
const LINKS_A_STATEMENT = 64;
const NUMBERS_A_STATEMENT = 3 * LINKS_A_STATEMENT;

export function writeLinksFile(path: string): LinksFile {
  const file = openBulkFile(path);
  for (const name of Object.keys(LINKS))
    file.exec(
      `create table ${name} (parent integer, place integer, child integer, primary key (parent, place, child)) without rowid`,
    );
  file.exec('create table artist_merges (named_id text primary key, artist_id text) without rowid');
  file.exec('create table market_sets (market_set_id text primary key, markets text) without rowid');
  const insertMarketSet = file.prepare('insert into market_sets values (?, ?)');
  const insertMerge = file.prepare('insert into artist_merges values (?, ?)');
  const prepared = new Map<LinkName, readonly [many: StatementSync, one: StatementSync]>();
  const prepare = (link: LinkName) => {
    const [many, one] = [LINKS_A_STATEMENT, 1].map((links) =>
      file.prepare(`insert into ${link} values ${Array(links).fill('(?, ?, ?)').join(', ')}`),
    ) as [StatementSync, StatementSync];
    prepared.set(link, [many, one]);
    return [many, one] as const;
  };
  return {
    take: (link, numbers) => {
      const [many, one] = prepared.get(link) ?? prepare(link);
      let at = 0;
      for (; at + NUMBERS_A_STATEMENT <= numbers.length; at += NUMBERS_A_STATEMENT)
        many.run(...numbers.subarray(at, at + NUMBERS_A_STATEMENT));
      for (; at < numbers.length; at += 3) one.run(...numbers.subarray(at, at + 3));
    },
    takeMerge: (namedId, artistId) => {
      insertMerge.run(namedId, artistId);
    },
    takeMarketSet: (id, markets) => {
      insertMarketSet.run(id, markets);
    },
    finish: () => closeBulkFile(file, SERVING_FORMAT),
    close: () => {
      if (file.isOpen) file.close();
    },
  };
}
