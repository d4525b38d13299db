import { describe, expect, it } from 'vitest';
import { seededRandomness, systemClock } from '../../../src/clock.ts';
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
