import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DuckDb } from '../../src/store/duckdb.ts';
import { lakehouse, openEmptyBuild } from './build-in-memory.ts';

let db: DuckDb;
beforeEach(async () => {
  db = await openEmptyBuild();
});
afterEach(() => db.close());

describe('lakehouse/staging', () => {
  it.each(
    lakehouse.relations
      .filter(({ layer }) => layer === 'staging')
      .map((relation) => [relation.name, relation] as const),
  )('says of %s what columns it has, so that no document is no rows of the same columns', async (_, {
    sql,
    columns,
  }) => {
    await db.run(`create table said (${columns})`);
    const [said, made] = [
      await db.all<Record<string, unknown>>('describe said'),
      await db.all<Record<string, unknown>>(`describe ${sql}`),
    ];
    const named = (rows: typeof said) => rows.map((row) => [row.column_name, row.column_type]);
    expect(named(said)).toEqual(named(made));
  });
});
