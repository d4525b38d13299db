// What a page costs by how deep it lies: node bench/api/paging.ts [--scale 1m] [--depths 1,1000,10000,50000] [--rounds 5] [--seconds 1.5]
// [--csv FILE] [--folder FOLDER] [--keep]. Pages of 20 by keyset cursors, nothing remembered; the server's own CPU time, so that other
// work on the machine counts less. A cursor is made for each depth from what gold has there, and the page behind it is checked.
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/clock.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../src/store/duckdb.ts';
import { prepareData } from './data.ts';
import { type MeasuredServer, startServer } from './servers.ts';

const { values: options } = parseArgs({
  options: {
    scale: { type: 'string', default: '1m' },
    depths: { type: 'string', default: '1,1000,10000,50000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1.5' },
    csv: { type: 'string', default: '../shared/data/spotify_songs.csv' },
    folder: { type: 'string', default: join(tmpdir(), 'groovelake-bench-api') },
    keep: { type: 'boolean', default: false },
  },
});

const SIZE = 20;
const PAGE = `query ($orderBy: [TrackOrder!], $after: String) {
  tracks(first: ${SIZE}, after: $after, orderBy: $orderBy) { nodes { id name popularity } pageInfo { endCursor } }
}`;

interface Order {
  readonly name: string;
  readonly orderBy: readonly object[] | null;
  /** The same in SQL, and the columns whose values are a row's place. */
  readonly sql: string;
  readonly place: readonly string[];
}

const ORDERS: readonly Order[] = [
  {
    name: 'popularity (serving index)',
    orderBy: null,
    sql: 'popularity desc nulls last, track_id',
    place: ['popularity', 'track_id'],
  },
  {
    name: 'name (serving index)',
    orderBy: [{ field: 'NAME' }],
    sql: 'name_key, track_id',
    place: ['name_key', 'track_id'],
  },
  {
    name: 'energy (DuckDB)',
    orderBy: [{ field: 'ENERGY', direction: 'DESC' }],
    sql: 'energy desc nulls last, track_id',
    place: ['energy', 'track_id'],
  },
];

const data = await prepareData(resolve(options.csv), resolve(options.folder), options.scale);
const depths = options.depths.split(',').map(Number);
const gold = await openGold(data.dataDir);
const server = await startServer(
  { name: 'groovelake', kind: 'groovelake', env: { GROOVELAKE_ANSWER_CACHE_MB: '0' }, ownFolder: 'paging' },
  data,
  24_000 + (process.pid % 20_000),
  { folder: resolve(options.folder), scale: options.scale },
);
try {
  const lines = [
    `## Deep pages, ${options.scale}, ${new Date().toISOString().slice(0, 16)}Z`,
    '',
    `CPU ms of the server a page of ${SIZE}, median of ${options.rounds} rounds that take the depths in turn (least to most), nothing remembered.`,
    '',
    `| order | ${depths.map((depth) => `page ${depth.toLocaleString('en')}`).join(' | ')} |`,
    `|---|${depths.map(() => '--:').join('|')}|`,
  ];
  for (const order of ORDERS) {
    const cells = (await measure(server, order)).map(
      (figures) =>
        `${quantile(figures, 0.5).toFixed(2)} (${quantile(figures, 0).toFixed(2)}-${quantile(figures, 1).toFixed(2)})`,
    );
    lines.push(`| ${order.name} | ${cells.join(' | ')} |`);
  }
  lines.push('', `Memory of the server at the most: ${server.peakMiB()} MiB.`);
  console.log(lines.join('\n'));
  if (options.keep) appendFileSync(new URL('./results.md', import.meta.url), `\n${lines.join('\n')}\n`);
} finally {
  await server.stop();
  await gold.close();
}

/** CPU ms a page, by depth, a figure per round. */
async function measure(asked: MeasuredServer, order: Order): Promise<number[][]> {
  const starts = await Promise.all(depths.map((depth) => findStart(asked, order, depth)));
  const figures: number[][] = depths.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [at, start] of starts.entries()) {
      const cpuBefore = asked.cpuSeconds();
      const end = performance.now() + 1_000 * Number(options.seconds);
      let after = start;
      let pages = 0;
      // The last pages of the list are followed by those before them again.
      for (; performance.now() < end; pages++) {
        const { nodes, pageInfo } = await askPage(asked, order, after);
        after = nodes.length === SIZE ? pageInfo.endCursor : start;
      }
      figures[at]?.push((1_000 * (asked.cpuSeconds() - cpuBefore)) / pages);
    }
  }
  return figures;
}

/** The cursor before a page, 1 the first; null for the beginning. @throws Error when the page is not the one that gold has there */
async function findStart(asked: MeasuredServer, order: Order, depth: number): Promise<string | null> {
  const offset = (depth - 1) * SIZE;
  const expected = await gold.all<{ track_id: string }>(
    `select track_id from tracks order by ${order.sql} limit ${SIZE} offset ${offset}`,
  );
  const start = depth === 1 ? null : await makeCursor(asked, order, offset);
  const { nodes } = await askPage(asked, order, start);
  if (JSON.stringify(nodes.map(({ id }) => id)) !== JSON.stringify(expected.map((row) => row.track_id)))
    throw new Error(`Page ${depth} by ${order.name} is not what gold has there.`);
  return start;
}

/** The cursor of the row so many rows from the beginning: a cursor of this order with another row's place in it. */
async function makeCursor(asked: MeasuredServer, order: Order, rows: number): Promise<string> {
  const [row = {}] = await gold.all<Record<string, unknown>>(
    `select ${order.place.join(', ')} from tracks order by ${order.sql} limit 1 offset ${rows - 1}`,
  );
  const { pageInfo } = await askPage(asked, order, null);
  const [name] = JSON.parse(Buffer.from(pageInfo.endCursor, 'base64url').toString('utf8')) as unknown[];
  return Buffer.from(JSON.stringify([name, ...order.place.map((column) => row[column])])).toString(
    'base64url',
  );
}

interface Page {
  readonly nodes: readonly { id: string }[];
  readonly pageInfo: { readonly endCursor: string };
}

async function askPage(asked: MeasuredServer, { orderBy }: Order, after: string | null): Promise<Page> {
  const answer = (await asked.ask({ query: PAGE, variables: { orderBy, after } })) as {
    data?: { tracks: Page | null };
  };
  if (!answer.data?.tracks) throw new Error(JSON.stringify(answer));
  return answer.data.tracks;
}

async function openGold(dataDir: string): Promise<DuckDb> {
  const db = await openDuckDb({
    path: ':memory:',
    memoryMb: 2_048,
    threads: 2,
    maxConnections: 1,
    tempDir: join(resolve(options.folder), 'tmp'),
    tempMaxMb: 4_096,
    clock: systemClock,
  });
  await db.run(
    `create view tracks as from read_parquet(${quoteText(join(dataDir, 'gold/tracks/*.parquet'))})`,
  );
  return db;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
