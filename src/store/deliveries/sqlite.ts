// The embedded outbox: deliveries.sqlite.
import { createSqliteDb } from '../sqlite-db.ts';
import { openSqliteFile } from '../sqlite-file.ts';
import {
  type AddressState,
  type Delivery,
  type DeliveryState,
  type DeliveryStore,
  findFurthest,
  findLastLeased,
} from './delivery-store.ts';

const FORMAT = 2;

const URL_INDEX = 'create index deliveries_by_url on deliveries (url, created_at)';

const SCHEMA = `
  create table deliveries (
    id text primary key, message_id text not null, url text not null, type text not null, body text not null,
    state text not null, tries integer not null, created_at integer not null, next_at integer not null, last_error text
  ) strict, without rowid;
  create index deliveries_due on deliveries (state, next_at);
  ${URL_INDEX};
  create table marks (name text primary key, value text not null) strict, without rowid;
`;

const COLUMNS = `id, message_id as messageId, url, type, body, state, tries, created_at as createdAt, next_at as nextAt,
  last_error as lastError`;

/** @throws GroovelakeError (FORMAT) for a file of a newer format, or one that is no database */
export function openSqliteDeliveries(path: string): DeliveryStore {
  const file = openSqliteFile(path, {
    name: 'deliveries',
    format: FORMAT,
    schema: SCHEMA,
    upgrades: { 1: (older) => older.exec(URL_INDEX) },
    synchronous: 'FULL',
    isOverwritten: true,
  });
  const db = createSqliteDb(file, path);
  return {
    enqueue: (deliveries) =>
      db.transact(() => {
        const added = deliveries.map((d) =>
          db.exec(
            'insert into deliveries values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing',
            d.id,
            d.messageId,
            d.url,
            d.type,
            d.body,
            d.state,
            d.tries,
            d.createdAt,
            d.nextAt,
            d.lastError,
          ),
        );
        return added.reduce((sum, n) => sum + n, 0);
      }),
    take: (now, { urls, leaseMs, first }) =>
      db.transact(() => {
        const due = db.all<Delivery>(
          `select ${COLUMNS} from deliveries where state = 'PENDING' and (next_at <= ? or next_at > ?)
             and url in (select value from json_each(?)) order by next_at, id limit ?`,
          now,
          findFurthest(now),
          JSON.stringify(urls),
          first,
        );
        for (const { id } of due)
          db.exec('update deliveries set next_at = ? where id = ?', now + leaseMs, id);
        return due.map((row) => ({ ...row }));
      }),
    settle: (id, { state, tries, nextAt, lastError }) =>
      db.transact(
        () =>
          void db.exec(
            'update deliveries set state = ?, tries = ?, next_at = ?, last_error = ? where id = ?',
            state,
            tries,
            nextAt,
            lastError,
            id,
          ),
      ),
    takeWaiting: (url, now, { leaseMs, besides }) =>
      db.transact(() => {
        const next = db.one<Delivery>(
          `select ${COLUMNS} from deliveries where url = ? and state = 'PENDING' and next_at > ?
             and id not in (select value from json_each(?)) order by next_at, id limit 1`,
          url,
          findLastLeased(now),
          JSON.stringify([...besides]),
        );
        if (!next) return null;
        db.exec('update deliveries set next_at = ? where id = ?', now + leaseMs, next.id);
        return { ...next };
      }),
    countByState: () =>
      db.query(() => {
        const counts: Record<DeliveryState, number> = { PENDING: 0, DELIVERED: 0, GIVEN_UP: 0 };
        const rows = db.all<{ state: DeliveryState; n: number }>(
          'select state, count(*) as n from deliveries group by state',
        );
        for (const { state, n } of rows) counts[state] = n;
        return counts;
      }),
    examine: (urls) =>
      db.query(() =>
        urls.map((url) => {
          const { at = -1 } =
            db.one<{ at: number }>(
              `select created_at as at from deliveries where url = ? and state = 'DELIVERED' order by created_at desc limit 1`,
              url,
            ) ?? {};
          const waiting = db.one<NonNullable<AddressState['waiting']>>(
            `select tries, last_error as lastError from deliveries
               where url = ? and created_at >= ? and state = 'PENDING' and tries > 0 order by tries desc, created_at desc limit 1`,
            url,
            at,
          );
          const lost = db.one<NonNullable<AddressState['lost']>>(
            `select next_at as nextAt, last_error as lastError from deliveries
               where url = ? and created_at >= ? and state = 'GIVEN_UP' order by next_at desc limit 1`,
            url,
            at,
          );
          // The others of a row are those of the latest, as SQLite has it beside max().
          const { n = 0, why = null } =
            db.one<{ n: number; why: string | null }>(
              `select count(*) as n, max(created_at), last_error as why from deliveries where url = ? and state = 'GIVEN_UP'`,
              url,
            ) ?? {};
          return {
            url,
            waiting: waiting ? { ...waiting } : null,
            lost: lost ? { ...lost } : null,
            givenUp: n,
            whyGivenUp: why,
          };
        }),
      ),
    removeOld: (before) =>
      db.transact(() => ({
        settled: db.exec(`delete from deliveries where state <> 'PENDING' and created_at < ?`, before),
        unsent: db.exec(`delete from deliveries where state = 'PENDING' and next_at < ?`, before),
      })),
    removeAbout: (words) => {
      // Columns are named with their table: json_each has an id too.
      const about = (...columns: string[]) =>
        `where exists (select 1 from json_each(?) where ${columns.map((column) => `instr(${column}, json_each.value)`).join(' or ')})`;
      return db.transact(() => {
        db.exec(`delete from marks ${about('marks.name')}`, JSON.stringify(words));
        return db.exec(
          `delete from deliveries ${about('deliveries.id', 'deliveries.body')}`,
          JSON.stringify(words),
        );
      });
    },
    emptyLog: db.emptyLog,
    getMark: (name) =>
      db.query(
        () => db.one<{ value: string }>('select value from marks where name = ?', name)?.value ?? null,
      ),
    setMark: (name, value) =>
      db.transact(() => {
        if (value === null) db.exec('delete from marks where name = ?', name);
        else db.exec('replace into marks values (?, ?)', name, value);
      }),
    close: async () => {
      if (file.isOpen) file.close();
    },
  };
}
