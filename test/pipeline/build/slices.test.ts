import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { orderRelations } from '../../../src/pipeline/build/relations.ts';
import { openSlices, shareOut } from '../../../src/pipeline/build/slices.ts';
import { type DuckDb, openDuckDb, quoteText } from '../../../src/store/duckdb.ts';
import { selectFiles } from '../../../src/store/snapshots/relation-writer.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';
import { openPublisher } from './publish-harness.ts';
import { makeDocuments, makeFirstBatch, seeded } from './random-landing.ts';

/** Slack for a machine that eight work on; on a quiet one each takes seconds. */
const SLACK_MS = 600_000;

let db: DuckDb;
let dataDir: string;

beforeEach(async () => {
  dataDir = makeTempFolder();
  db = await openDuckDb({
    path: ':memory:',
    memoryMb: 256,
    threads: 1,
    maxConnections: 1,
    tempDir: join(dataDir, 'spill'),
    tempMaxMb: 64,
    clock: systemClock,
  });
});
afterEach(() => db.close());

/** A full build and a batch on top of it. */
async function publishTwice(sliceRows: number, documents = 40) {
  const publisher = await openPublisher({ GROOVELAKE_BUILD_SLICE_ROWS: String(sliceRows) });
  try {
    const random = seeded(8);
    await publisher.addBatch('a', [...makeFirstBatch(random), ...makeDocuments(random, documents)]);
    const { manifest: full } = await publisher.publish();
    if (!full) throw new Error('nothing was published');
    const filesOf = (name: string) =>
      full.relations.find((other) => other.name === name && other.layer !== 'silver')?.files ?? [];
    const ask = <T>(select: string, name: string) =>
      db.all<T>(`${select} from (${selectFiles(publisher.dataDir, { files: filesOf(name) })})`);
    const lie: unknown[] = [];
    for (const { path } of filesOf('tracks'))
      lie.push(
        ...(await db.all(
          `select popularity, track_id from read_parquet(${quoteText(join(publisher.dataDir, path))})`,
        )),
      );
    const sorted = await ask('select popularity, track_id', 'tracks');
    const genres = {
      shown: await ask<object>('select track_id, genres', 'track_dashboard').then((rows) => rows),
      linked: await db.all<{ track_id: string; genres: string }>(
        `select track_id, array_to_string(list_sort(list(genre)), ', ') as genres
         from (${selectFiles(publisher.dataDir, { files: filesOf('track_genres') })}) group by track_id`,
      ),
    };
    await publisher.addBatch('b', makeDocuments(random, 10));
    const { manifest: next, message } = await publisher.publish();
    if (!next) throw new Error('nothing was published');
    const left = readdirSync(join(publisher.dataDir, 'tmp', 'staging'));
    return { full, next, message, filesOf, lie, sorted, genres, left };
  } finally {
    await publisher.close();
  }
}

describe('a build in slices', () => {
  it(
    'publishes the same rows in several files, and new batches go on from there',
    async () => {
      const whole = await publishTwice(1_000_000);
      const sliced = await publishTwice(3);
      for (const name of ['tracks', 'track_dashboard']) {
        expect(whole.filesOf(name)).toHaveLength(1);
        expect(sliced.filesOf(name).length).toBeGreaterThan(2);
      }
      expect(sliced.message).toContain(' new of ');
      const hashesOf = ({ relations }: typeof whole.full) =>
        relations.map(({ layer, name, rows, contentHash }) => [layer, name, rows, contentHash]);
      expect(hashesOf(sliced.full)).toEqual(hashesOf(whole.full));
      expect(hashesOf(sliced.next)).toEqual(hashesOf(whole.next));
      expect(sliced.left).toEqual([]);
    },
    SLACK_MS,
  );

  it(
    'lays tracks by popularity over all files, one behind the other',
    async () => {
      const { lie, sorted } = await publishTwice(2);
      const expected = await db.all(
        `select * from (values ${sorted.map((row) => toValues(row)).join(', ')}) t (popularity, track_id) order by popularity desc nulls last, track_id`,
      );
      expect(lie).toEqual(expected);
    },
    SLACK_MS,
  );

  it(
    'shows on the dashboard the genres that tracks are linked to: those of all their artists and their own',
    async () => {
      const { genres } = await publishTwice(4, 300);
      const linked = new Map(genres.linked.map((row) => [row.track_id, row.genres]));
      expect(linked.size).toBeGreaterThan(3);
      const shown = genres.shown as { track_id: string; genres: string | null }[];
      expect(shown.map((row) => row.genres)).toEqual(shown.map((row) => linked.get(row.track_id) ?? null));
    },
    SLACK_MS,
  );
});

function toValues(row: unknown): string {
  const { popularity, track_id } = row as { popularity: number | null; track_id: string };
  return `(${popularity === null ? 'null' : popularity}, ${quoteText(track_id)})`;
}

describe('openSlices', () => {
  const TRACKS = `-- slices: track_id of silver.tracks
-- shared out: silver.tracks
-- shared out: gold.links where position = 1
-- key: track_id
with kept as (select * from silver.tracks), -- whole
found as (select track_id, popularity, name as twin from kept)
select track_id, popularity, twin from found -- ahead
select t.track_id, t.popularity, artist, f.twin
from silver.tracks t
left join gold.links using (track_id)
left join found f using (track_id) -- unsliced
left join sliced.ahead f using (track_id) -- sliced
`;

  async function write(layer: 'silver' | 'gold', name: string, select: string) {
    const path = `${name}.parquet`;
    await db.run(`create schema if not exists ${layer}`);
    await db.run(`copy (${select}) to ${quoteText(join(dataDir, path))} (format parquet)`);
    const files = [{ path, rows: 0, bytes: 1, sha256: '' }];
    const [{ rows } = { rows: 0 }] = await db.all<{ rows: number }>(
      `select count(*) as rows from (${selectFiles(dataDir, { files })})`,
    );
    const columns = (await db.describe(selectFiles(dataDir, { files }))).map((column) => ({
      name: column.name,
      type: 'VARCHAR',
    }));
    await db.run(`create view ${layer}.${name} as ${selectFiles(dataDir, { files })}`);
    return { layer, name, rows, columns, files: [{ path, rows, bytes: 1, sha256: '' }] };
  }

  async function open(
    buildSliceRows: number,
    links = "select * from (values ('a', 1, 'x'), ('a', 2, 'y'), ('d', 1, 'z')) t (track_id, position, artist)",
  ) {
    const written = [
      await write(
        'silver',
        'tracks',
        "select * from (values ('a', 1, 'A', 0), ('b', 9, 'B', 0), ('c', null, 'C', 0), ('d', 5, 'D', 0)) t (track_id, popularity, name, unnamed)",
      ),
      await write('gold', 'links', links),
    ];
    const [relation] = orderRelations([
      { layer: 'silver', name: 'tracks', sql: '' },
      { layer: 'gold', name: 'links', sql: '' },
      { layer: 'gold', name: 'tracks', sql: TRACKS },
    ]).slice(-1);
    if (!relation) throw new Error('no relation');
    const folder = join(dataDir, 'slices');
    const orderBy = 'popularity desc nulls last, track_id';
    return openSlices(relation, { db, written, dataDir, folder, buildSliceRows, orderBy });
  }

  const idsOf = async (relation: string) =>
    (await db.all<{ track_id: string }>(`select track_id from ${relation} order by 1`))
      .map((row) => row.track_id)
      .join('');

  it('writes few rows in one piece, and then looks for the key', async () => {
    const { select, slices, key } = await open(4);
    expect([slices, key]).toEqual([undefined, { columns: ['track_id'], certain: ['track_id'] }]);
    expect(select).toContain('left join found f');
    expect(select).not.toMatch(/sliced\.ahead|-- ahead/);
  });

  it('gives each slice its rows of everything shared out, in the order of the whole', async () => {
    const { select, slices, key } = await open(2);
    expect(key).toBeUndefined();
    expect(slices).toHaveLength(2);
    const seen: unknown[] = [];
    for (const choose of slices ?? []) {
      for (const statement of choose) await db.run(statement);
      seen.push([
        await idsOf('slice_of_gold_tracks.sliced_ahead'),
        await idsOf('slice_of_gold_tracks.silver_tracks'),
        await idsOf('slice_of_gold_tracks.gold_links'),
      ]);
      expect((await db.all<{ twin: string }>(select)).every((row) => row.twin)).toBe(true);
    }
    expect(seen).toEqual([
      ['bd', 'bd', 'd'],
      ['ac', 'ac', 'a'],
    ]);
  });

  it('lays out only columns that the select names', async () => {
    const { slices } = await open(2);
    for (const statement of slices?.[0] ?? []) await db.run(statement);
    const columns = await db.describe('select * from slice_of_gold_tracks.silver_tracks');
    expect(columns.map(({ name }) => name).sort()).toEqual(['name', 'popularity', 'track_id']);
  });

  it('leaves a relation that has no row for any slice as it is', async () => {
    const { select, slices } = await open(2, "select 'e' as track_id, 1 as position, 'x' as artist");
    for (const statement of slices?.[0] ?? []) await db.run(statement);
    expect(await db.all(`select track_id, artist from (${select}) order by 1`)).toEqual([
      { track_id: 'b', artist: null },
      { track_id: 'd', artist: null },
    ]);
  });

  it('leaves alone what other relations read, and removes what it laid out once it is closed', async () => {
    const { slices, close } = await open(1);
    for (const statement of slices?.[0] ?? []) await db.run(statement);
    expect([await idsOf('silver.tracks'), await idsOf('gold.links')]).toEqual(['abcd', 'aad']);
    await close();
    expect(readdirSync(dataDir)).not.toContain('slices');
    await expect(idsOf('slice_of_gold_tracks.silver_tracks')).rejects.toThrow('slice_of_gold_tracks');
  });
});

describe('shareOut', () => {
  it('gives every row to one part of about the same size', () => {
    expect(shareOut(7, 4)).toEqual([
      { from: 0, to: 4 },
      { from: 4, to: 7 },
    ]);
    expect(shareOut(3, 4)).toEqual([{ from: 0, to: 3 }]);
    expect(shareOut(0, 4)).toEqual([]);
  });
});
