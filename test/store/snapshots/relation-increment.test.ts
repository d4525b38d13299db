import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
import { limitThreads, quoteText } from '../../../src/store/duckdb.ts';
import { createSnapshotStore } from '../../../src/store/snapshots/local.ts';
import {
  chooseFiles,
  dropWork,
  selectStale,
  workTable,
} from '../../../src/store/snapshots/relation-increment.ts';
import { openMemoryDb } from '../../fixtures/memory-db.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

describe('chooseFiles', () => {
  const choose = (rows: readonly number[], added: number, mustGo: readonly number[] = []) =>
    chooseFiles(
      rows.map((count) => ({ rows: count })),
      (file) => mustGo.includes(file.rows),
      added,
    ).map((file) => file.rows);

  it('leaves files alone that are much larger than what is written', () => {
    expect(choose([170_000, 4_000], 1_000)).toEqual([]);
  });

  it('merges small files on the way, each that is at most twice what is written by then', () => {
    expect(choose([170_000, 2_000, 6_000, 19_000], 1_000)).toEqual([2_000, 6_000]);
  });

  it('rewrites what rows go from, and what has become small beside it', () => {
    expect(choose([170_000, 90_000, 600_000], 0, [90_000])).toEqual([90_000, 170_000]);
  });

  it('keeps few files however many batches come', () => {
    let files = [200_000];
    let written = 0;
    for (let batch = 0; batch < 200; batch++) {
      const merged = choose(files, 1_000);
      files = [
        ...files.filter((rows) => !merged.includes(rows)),
        merged.reduce((sum, rows) => sum + rows, 1_000),
      ];
      written += files.at(-1) ?? 0;
    }
    expect(files.length).toBeLessThanOrEqual(9);
    expect(written / 200_000).toBeLessThan(12);
  });
});

describe('updates of relations', () => {
  const update = (name: string, values: readonly number[]) => ({
    spec: {
      layer: 'gold' as const,
      name,
      select: `select i as id, '${name}' as said from (values ${values.map((value) => `(${value})`).join(', ')}) v(i)
        union all select id, 'old' from (${selectStale({ layer: 'gold', name })}) where id % 3 = 0`,
      key: { columns: ['id'], certain: ['id'] },
    },
    values,
  });
  const UPDATES = [update('tracks', [1, 2, 1_000]), update('artists', [4, 5, 2_000]), update('albums', [7])];

  /** Publishes three relations of 100 rows, updates all of them, and says what each is then. */
  async function updateAll(isAtATime: boolean) {
    const dataDir = makeTempFolder();
    const db = await openMemoryDb(UPDATES.length);
    const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(1) });
    const parent = await store.beginCandidate();
    for (const { spec } of UPDATES)
      await parent.writeRelation(db, {
        ...spec,
        select: `select i::integer as id, 'before' as said from range(100) t(i)`,
      });
    await parent.publish({ runId: null, batches: [], recipe: '', checks: [], coverage: [], lineage: [] });
    for (const schema of ['work', 'changed']) await db.run(`create schema ${schema}`);
    const candidate = await store.beginCandidate();
    const updateOne = async ({ spec, values }: (typeof UPDATES)[number]) => {
      const touched = [...values, 9].map((value) => `(${value})`).join(', ');
      await db.run(`create table ${workTable('touched', spec)} as from (values ${touched}) v(id)`);
      await candidate.updateRelation(db, spec, { how: 'TOUCHED', column: 'id', isNew: false });
      await dropWork(db, spec);
    };
    if (isAtATime) await Promise.all(UPDATES.map(updateOne));
    else for (const each of UPDATES) await updateOne(each);
    const { relations } = await candidate.publish({
      runId: null,
      batches: ['b'],
      recipe: '',
      checks: [],
      coverage: [],
      lineage: [],
    });
    const left = await db.all("select table_name from duckdb_tables() where schema_name = 'work'");
    const changes = await db.all('select id, said, is_new from changed.gold_tracks order by all');
    await db.close();
    return {
      relations: relations.map(({ name, rows, contentHash }) => [name, rows, contentHash]),
      left,
      changes,
    };
  }

  it('make the same at a time as one after the other, and leave nothing that they worked with', async () => {
    const oneByOne = await updateAll(false);
    expect(await updateAll(true)).toEqual(oneByOne);
    expect(oneByOne.left).toEqual([]);
    expect(oneByOne.changes).toEqual([
      { id: 1, said: 'before', is_new: false },
      { id: 1, said: 'tracks', is_new: true },
      { id: 2, said: 'before', is_new: false },
      { id: 2, said: 'tracks', is_new: true },
      { id: 9, said: 'before', is_new: false },
      { id: 9, said: 'old', is_new: true },
      { id: 1_000, said: 'tracks', is_new: true },
    ]);
  });
});

describe('a file of which rows change their values', () => {
  const LARGEST = 50_000;
  /** Three row groups, a list that nobody changes, texts with a byte order mark, a number beyond what JavaScript can hold. */
  const ROWS = `select 'id ' || i as id, i % 101 as popularity, i % 13 as plays, ['a', 'b ' || i] as list,
    chr(65279) || 'name ' || i as name, 9007199254740993 + i as large, if(i % 4 = 0, null, i / 8) as score
    from range(${LARGEST}) t(i)`;
  const spec = {
    layer: 'gold' as const,
    name: 'things',
    orderBy: 'popularity desc nulls last, id',
    key: { columns: ['id'], certain: ['id'] },
  };
  const facts = { runId: null, batches: [], recipe: '', checks: [], coverage: [], lineage: [] };

  /** Publishes the rows, updates those of some ids with the select, and reads what is there then. */
  async function update(
    select: string,
    ids = `select 'id ' || i * 100 as id from range(21) t(i)`,
    { rows = LARGEST, threads = 1 } = {},
  ) {
    const dataDir = makeTempFolder();
    const db = await openMemoryDb(2);
    onTestFinished(() => db.close());
    const store = createSnapshotStore({ dataDir, clock: systemClock, random: seededRandomness(1) });
    const first = await store.beginCandidate();
    await first.writeRelation(db, { ...spec, select: `${ROWS} limit ${rows}` });
    const before = (await first.publish(facts)).relations[0];
    for (const schema of ['work', 'changed']) await db.run(`create schema ${schema}`);
    await db.run(`create table ${workTable('touched', spec)} as ${ids}`);
    await limitThreads(db, threads);
    const candidate = await store.beginCandidate();
    const how = { how: 'TOUCHED', column: 'id', isNew: false } as const;
    await candidate.updateRelation(db, { ...spec, select }, how);
    const now = (await candidate.publish(facts)).relations[0];
    if (!before || !now) throw new Error('both snapshots have the relation');
    const file = (path: string) => quoteText(join(dataDir, path));
    const read = (path: string) => `read_parquet(${file(path)})`;
    const [found] = await db.all<{ hash: string }>(
      `select count(*) || '-' || sum(hash(${now.columns.map(({ name }) => name).join(', ')})::hugeint) as hash
       from read_parquet([${now.files.map(({ path }) => quoteText(join(dataDir, path))).join(', ')}])`,
    );
    const log = readFileSync(join(dataDir, `gold/things/_delta_log/${'1'.padStart(20, '0')}.json`), 'utf8');
    return { db, now, before, file, read, hash: found?.hash, log };
  }

  const touched = `(${selectStale(spec)})`;

  it('keeps them where they are, and all columns but those as they lie', async () => {
    const { db, now, before, file, read, hash, log } = await update(
      `select * replace (plays + 1 as plays, if(plays % 2 = 0, null, score) as score) from ${touched}
       union all select 'new', 1000, 0, [], 'new', 1, null`,
      `select 'id ' || i * 100 as id from range(21) t(i) union all select 'new'`,
    );
    expect(now.contentHash).toBe(hash);
    expect(now.files.map(({ rows }) => rows)).toEqual([LARGEST, 1]);
    const [old, patched] = [before.files[0]?.path ?? '', now.files[0]?.path ?? ''];
    const places = (path: string) =>
      `select id, file_row_number from read_parquet(${file(path)}, file_row_number = true)`;
    expect(
      await db.all(
        `select count(*) as n from (${places(old)}) a join (${places(patched)}) b using (id, file_row_number)`,
      ),
    ).toEqual([{ n: LARGEST }]);
    const chunks = (path: string) =>
      db.all(
        `select row_group_id, path_in_schema, total_compressed_size, stats_min_value, stats_max_value
         from parquet_metadata(${file(path)}) where path_in_schema not in ('plays', 'score') order by all`,
      );
    expect(await chunks(patched)).toEqual(await chunks(old));
    const adds = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).add)
      .filter((add) => add?.size === now.files[0]?.bytes);
    expect(adds).toHaveLength(1);
    const stats = adds[0].stats as string;
    const [real] = await db.all<Record<string, unknown>>(
      `select max(plays)::integer as plays, max(score) as score, min(score) as least, count(*) - count(score) as nulls from ${read(patched)}`,
    );
    expect(JSON.parse(stats)).toMatchObject({
      numRecords: LARGEST,
      minValues: { popularity: 0, plays: 0, score: real?.least },
      maxValues: { popularity: 100, plays: real?.plays, score: real?.score },
      nullCount: { id: 0, score: real?.nulls },
    });
    expect(stats).toContain(`"large":${9007199254740993n + BigInt(LARGEST - 1)}`);
  });

  it.each([
    ['a row goes', `select * replace (plays + 1 as plays) from ${touched} where id <> 'id 100'`],
    ['rows are ordered by what changes', `select * replace (popularity + 1 as popularity) from ${touched}`],
    ['a list changes', `select * replace (['c'] as list) from ${touched}`],
    ['a key changes', `select * replace (id || ' b' as id) from ${touched}`],
    [
      'a key is there twice',
      `select * replace (plays + 1 as plays) from ${touched} union all select * replace (7 as plays) from ${touched}`,
    ],
  ])('is written anew where %s', async (_, select) => {
    const { db, now, read, hash } = await update(select);
    expect(now.contentHash).toBe(hash);
    expect(now.files).toHaveLength(1);
    const ordered = await db.all<{ id: string }>(`select id from ${read(now.files[0]?.path ?? '')}`);
    const sorted = await db.all<{ id: string }>(
      `select id from ${read(now.files[0]?.path ?? '')} order by ${spec.orderBy}`,
    );
    expect(ordered).toEqual(sorted);
  });

  it.each([
    // One thread ends the first group at 20,480 rows; two put less than a chunk more into it.
    [21_980, 1],
    [22_528, 2],
    [LARGEST, 2],
  ])('is updated by more threads than it was written by, of %i rows into %i files', async (rows, files) => {
    const { now, hash } = await update(
      `select * replace (plays + 1 as plays) from ${touched} union all select 'new', 1000, 0, [], 'new', 1, null`,
      `select 'id ' || i * 100 as id from range(21) t(i) union all select 'new'`,
      { rows, threads: 2 },
    );
    expect(now.contentHash).toBe(hash);
    expect(now.files).toHaveLength(files);
  });
});
