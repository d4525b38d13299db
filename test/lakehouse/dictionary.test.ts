import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLakehouse } from '../../src/pipeline/build/relations.ts';
import { quoteName } from '../../src/store/duckdb.ts';
import { describeRelation, EVERY_RELATION, readDictionary } from '../../src/store/snapshots/dictionary.ts';
import { makeTempFolder } from '../fixtures/temp-folder.ts';
import { addDocuments, buildAll, lakehouse, listPublished, openEmptyBuild } from './build-in-memory.ts';

const LAKEHOUSE = new URL('../../lakehouse/', import.meta.url);
/** An entry is one line beside a column. */
const LONGEST = 160;

const dictionary = readDictionary();
const published = await listPublished();
const described = published.map((relation) => ({
  relation: `${relation.layer}.${relation.name}`,
  ...describeRelation(relation, dictionary),
}));

describe('lakehouse/dictionary.md', () => {
  it('says of every published relation what it is, and of every column what it means', () => {
    expect(published).toHaveLength(
      lakehouse.relations.filter(({ layer }) => layer !== 'staging').length + ['bronze.documents'].length,
    );
    const unsaid = described.flatMap(({ relation, description, columns }) => [
      ...(description === null ? [relation] : []),
      ...columns.filter((column) => column.description === null).map(({ name }) => `${relation}.${name}`),
    ]);
    expect(unsaid).toEqual([]);
  });

  it('speaks of no relation and no column that is not there, and of none twice', () => {
    const says = (relation: string, column: string) =>
      published.some(
        ({ layer, name, columns }) =>
          (relation === EVERY_RELATION
            ? !dictionary.get(`${layer}.${name}`)?.columns.has(column)
            : relation === `${layer}.${name}`) && columns.some((each) => each.name === column),
      );
    const unknown = [...dictionary].flatMap(([relation, { columns }]) =>
      [...columns.keys()].filter((name) => !says(relation, name)).map((name) => `${relation}: ${name}`),
    );
    expect(unknown).toEqual([]);
    const relations = published.map(({ layer, name }) => `${layer}.${name}`);
    expect([...dictionary.keys()].sort()).toEqual([EVERY_RELATION, ...relations].sort());
    const every = dictionary.get(EVERY_RELATION)?.columns;
    const again = [...dictionary].flatMap(([relation, { columns }]) =>
      relation === EVERY_RELATION
        ? []
        : [...columns].filter(([name, meaning]) => every?.get(name) === meaning).map(([name]) => name),
    );
    expect(again).toEqual([]);
  });

  it('holds nothing but entries, each a line that is no sentence too many', () => {
    const [, ...sections] = readFileSync(new URL('dictionary.md', LAKEHOUSE), 'utf8').split(/^## /m);
    const lines = sections.flatMap((section) => section.split('\n').filter((line) => line !== ''));
    const entries = [...dictionary.values()].flatMap(({ description, columns }) => [
      ...(description === null ? [] : [description]),
      ...columns.values(),
    ]);
    expect(lines).toHaveLength(dictionary.size + entries.length);
    expect(entries.filter((entry) => !entry.endsWith('.') || entry.length > LONGEST)).toEqual([]);
  });

  it('says what null means of every column that is null somewhere in the cases', async () => {
    const db = await openEmptyBuild();
    const cases = join(import.meta.dirname, 'cases');
    for (const name of readdirSync(cases))
      await addDocuments(db, JSON.parse(readFileSync(join(cases, name, 'given.json'), 'utf8')));
    await buildAll(db);
    const unsaid: string[] = [];
    let found = 0;
    for (const { relation, columns } of described) {
      const counts = columns.map(({ name }, at) => `count_if(${quoteName(name)} is null) as c${at}`);
      const [row] = await db.all<Record<string, number>>(`select ${counts.join(', ')} from ${relation}`);
      const nulls = columns.filter((_, at) => (row?.[`c${at}`] ?? 0) > 0);
      found += nulls.length;
      for (const { name, description } of nulls)
        if (!/\bnull\b/.test(description?.replace('never null', '') ?? ''))
          unsaid.push(`${relation}.${name}: ${description}`);
    }
    expect(unsaid).toEqual([]);
    expect(found).toBeGreaterThan(150);
    await db.close();
  });

  it('is outside of what a build is known by: an edit rebuilds nothing', () => {
    const folder = makeTempFolder();
    cpSync(LAKEHOUSE, folder, { recursive: true });
    writeFileSync(join(folder, 'dictionary.md'), '## gold.tracks\n\nAnother.\n');
    expect(readLakehouse(folder).hash).toBe(lakehouse.hash);
  });
});
