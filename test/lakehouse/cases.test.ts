// Given documents, expected rows: adding a case is adding a folder under cases/.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCheck } from '../../src/pipeline/build/run-check.ts';
import { addDocuments, type BronzeRow, buildAll, lakehouse, openEmptyBuild } from './build-in-memory.ts';

const CASES = join(import.meta.dirname, 'cases');
const read = <T>(name: string, file: string): T =>
  JSON.parse(readFileSync(join(CASES, name, file), 'utf8')) as T;

/** Checks that a case may fail: they warn of the very thing it is about. */
const MAY_WARN = ['rejects_share', 'sources_waiting', 'tracks_not_empty', 'tracks_without_artist'];

describe.each(readdirSync(CASES))('%s', (name) => {
  it('builds the expected rows, in any order of documents, and passes the checks', async () => {
    const given = read<BronzeRow[]>(name, 'given.json');
    const expected = read<Record<string, Record<string, unknown>[]>>(name, 'expected.json');
    const contents: string[] = [];
    for (const documents of [given, [...given].reverse()]) {
      const db = await openEmptyBuild();
      await addDocuments(db, documents);
      await buildAll(db);
      for (const [relation, rows] of Object.entries(expected)) {
        const found = await db.all<Record<string, unknown>>(`select * from ${relation}`);
        expect(found).toHaveLength(rows.length);
        for (const row of rows) expect(found).toContainEqual(expect.objectContaining(row));
      }
      const checks = await Promise.all(lakehouse.checks.map((check) => runCheck(db, check)));
      expect(
        checks.filter((check) => !check.passed && !MAY_WARN.includes(check.name)).map((check) => check.name),
      ).toEqual([]);
      const all = await Promise.all(
        lakehouse.relations.map(({ layer, name: relation }) =>
          db.all(
            `select coalesce(sum(md5_number_lower(to_json(r)::varchar)::hugeint), 0)::varchar as h from ${layer}."${relation}" r`,
          ),
        ),
      );
      contents.push(JSON.stringify(all));
      await db.close();
    }
    expect(contents[1]).toBe(contents[0]);
  });
});

describe('nothing landed', () => {
  it('builds every relation empty', async () => {
    const db = await openEmptyBuild();
    await buildAll(db);
    expect(await db.all('select count(*) as n from warehouse.track_dashboard')).toEqual([{ n: 0 }]);
    await db.close();
  });
});

describe('named_id', () => {
  it('is 22 base-62 characters past anything Spotify can have, the same on every machine', async () => {
    const db = await openEmptyBuild();
    const rows = await db.all<{ id: string }>(
      "select named_id('artist', 'Beyoncé') as id union all select named_id('album', 'Beyoncé')",
    );
    expect(rows.every(({ id }) => /^n[0-9a-zA-Z]{21}$/.test(id))).toBe(true);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2);
    const [many] = await db.all<{ n: number }>(
      "select count(distinct named_id('artist', i::varchar)) as n from range(20000) t(i)",
    );
    expect(many?.n).toBe(20_000);
    await db.close();
  });
});
