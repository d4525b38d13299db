import { cpSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  findReads,
  leaveOutStale,
  orderRelations,
  readLakehouse,
  readTouchedColumn,
} from '../../../src/pipeline/build/relations.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

const relation = (name: string, sql: string) => {
  const [layer, short] = name.split('.') as ['silver' | 'gold' | 'warehouse', string];
  return { layer, name: short, sql };
};
const order = (...files: [string, string][]) =>
  orderRelations(files.map(([name, sql]) => relation(name, sql))).map(
    ({ layer, name }) => `${layer}.${name}`,
  );

describe('the build order', () => {
  it('puts each relation after what it reads', () => {
    expect(
      order(
        ['gold.tracks', 'from silver.tracks join gold.albums'],
        ['gold.albums', 'from silver.albums'],
        ['silver.albums', 'from bronze.documents'],
        ['silver.tracks', 'from silver.albums'],
      ),
    ).toEqual(['silver.albums', 'gold.albums', 'silver.tracks', 'gold.tracks']);
  });

  it('refuses a circle and names it', () => {
    expect(() => order(['silver.a', 'from silver.b'], ['silver.b', 'from silver.a'])).toThrow(
      'silver.a -> silver.b -> silver.a',
    );
  });

  it('refuses a relation that does not exist', () => {
    expect(() => order(['gold.a', 'from silver.nothing'])).toThrow(
      '"gold.a" reads "silver.nothing", which has no file',
    );
  });

  it('refuses gold that reads bronze, and a layer that reads a later one', () => {
    expect(() => order(['gold.a', 'from bronze.documents'])).toThrow('gold may read silver');
    expect(() => order(['silver.a', 'from gold.b'], ['gold.b', 'select 1'])).toThrow(
      'silver may read bronze',
    );
  });

  it('holds for lakehouse/, with bronze below and the warehouse above', () => {
    const { relations, checks } = readLakehouse();
    expect(relations.length).toBeGreaterThan(25);
    expect(checks.length).toBeGreaterThan(20);
    const places = new Map(relations.map(({ layer, name }, at) => [`${layer}.${name}`, at]));
    for (const [at, { reads }] of relations.entries()) {
      for (const read of reads) expect(places.get(read) ?? -1).toBeLessThan(at);
    }
  });
});

describe('the key of a relation', () => {
  it('is stated for everything that is compared between snapshots', () => {
    const { relations } = readLakehouse();
    const compared = relations.filter(({ layer }) => layer === 'gold' || layer === 'warehouse');
    expect(compared.filter(({ key }) => key.length === 0).map(({ name }) => name)).toEqual([]);
  });
});

describe('columns of another relation', () => {
  const HEAD = '-- columns of: warehouse.wide\n';
  const read = (sql: string) =>
    orderRelations([relation('warehouse.wide', 'select 1 as a, 2 as b'), relation('warehouse.some', sql)]).at(
      -1,
    )?.columnsOf;

  it('are those of the select, by the names that it gives them', () => {
    expect(read(`${HEAD}-- what for\nselect a,\n    b as c -- the other\nfrom warehouse.wide\n`)).toEqual({
      of: 'warehouse.wide',
      columns: [
        { from: 'a', name: 'a' },
        { from: 'b', name: 'c' },
      ],
    });
    expect(read('select a from warehouse.wide')).toBeNull();
  });

  it('are read off the lines of a whole build', () => {
    const both = 'from warehouse.wide -- whole\nfrom changed.warehouse_wide where is_new -- incremental\n';
    expect(read(`${HEAD}select a\n${both}`)?.columns).toEqual([{ from: 'a', name: 'a' }]);
  });

  it.each([
    ['an expression', 'select a, b + 1 as c from warehouse.wide'],
    ['a condition', 'select a from warehouse.wide where b > 1'],
    ['each value once', 'select distinct a from warehouse.wide'],
    ['all columns', 'select * from warehouse.wide'],
    ['another relation', 'select a from warehouse.other'],
    ['an order', 'select a from warehouse.wide order by b'],
  ])('are nothing else: not %s', (_, sql) => {
    const others = [
      relation('warehouse.wide', 'select 1 as a, 2 as b'),
      relation('warehouse.other', 'select 1 as a'),
    ];
    expect(() => orderRelations([...others, relation('warehouse.some', `${HEAD}${sql}`)])).toThrow(
      /"warehouse.some" says that it has columns of "warehouse.wide".*Mend the select/s,
    );
  });
});

describe('findReads', () => {
  it('does not count comments and texts', () => {
    expect(
      findReads("-- reads gold.comment\nselect 'silver.text' from silver.real /* x */ join gold.other"),
    ).toEqual(['gold.other', 'silver.real']);
  });
});

describe('leaveOutStale', () => {
  it('leaves out the lines that read rows of the parent', () => {
    const sql =
      'select 1\nunion all by name select * from stale -- incremental\nunion select 2 -- incremental\n';
    expect(leaveOutStale(sql)).toBe('select 1\nunion select 2 -- incremental\n');
  });
});

describe('readTouchedColumn', () => {
  it.each([
    ['select track_id from changed.silver_tracks', 'track_id'],
    ['select artist_id from changed.silver_artist_genres\nunion select named_id from other', 'artist_id'],
    ['-- select b from a\nselect hash(a, (b)) as id\nfrom c union select d from e', 'id'],
    ['with a as (select b from c where d in (select e from f)) select distinct g from a', 'g'],
  ])('is the column of the outer select: %s', (sql, column) => {
    expect(readTouchedColumn(sql)).toBe(column);
  });

  it.each([
    'from named',
    'select a, b from c',
    'select hash(a) from c',
    'select hash(a) from b union select c from d',
  ])('refuses a select without a name, or of two: %s', (sql) => {
    expect(() => readTouchedColumn(sql)).toThrow('one column');
  });
});

describe('lakehouse/', () => {
  const { relations } = readLakehouse();
  const names = new Set(relations.map(({ layer, name }) => `${layer}.${name}`));

  it.each(
    relations
      .filter(({ touchedSql }) => touchedSql !== null)
      .map((relation) => [`${relation.layer}.${relation.name}`, relation]),
  )('finds what a new batch touches of %s in relations that it reads, and are built before it', (_, relation) => {
    const touched = relation.touchedSql ?? '';
    const changed = [...touched.matchAll(/\bchanged\.(silver|gold|warehouse)_(\w+)/g)].map(
      ([, layer, name]) => `${layer}.${name}`,
    );
    expect(relation.incrementalReads).toEqual(
      expect.arrayContaining([...new Set([...findReads(touched), ...changed])]),
    );
  });

  it('names the column of what a new batch touches', () => {
    const columns = relations.flatMap(({ touchedSql }) =>
      touchedSql ? [readTouchedColumn(touchedSql)] : [],
    );
    expect(columns).toHaveLength(relations.filter(({ touchedSql }) => touchedSql !== null).length);
    expect(new Set(columns.filter((column) => !column.endsWith('_id')))).toEqual(
      new Set(['name', 'source', 'updated_on']),
    );
  });

  it('calls columns by an alias, never by the name of a relation, in whose place rows may be put', () => {
    for (const { sql, incrementalSql, touchedSql } of relations) {
      const code = `${sql}\n${incrementalSql}\n${touchedSql ?? ''}`.replace(/--.*$/gm, '');
      const read = [...code.matchAll(/\b(?:silver|gold|warehouse|before)\.(\w+)/g)].map(([, name]) => name);
      for (const name of read) expect(code).not.toMatch(new RegExp(`(?<![.\\w])${name}\\.\\w`));
    }
  });

  it('reads rows of the parent in lines that can be left out, where there is none', () => {
    for (const { incrementalSql } of relations)
      expect(leaveOutStale(incrementalSql)).not.toMatch(/\bstale\b/);
  });

  it('has no check that goes by the name of another, of a key for instance', () => {
    const folder = makeTempFolder();
    cpSync(new URL('../../../lakehouse/', import.meta.url), folder, { recursive: true });
    writeFileSync(`${folder}/checks/tracks_key.sql`, '-- Another.\nselect 1 where false');
    expect(() => readLakehouse(folder)).toThrow('Two checks are named "tracks_key"');
  });

  it('knows every relation that a header names', () => {
    for (const { refers, touchedOnly, reads } of relations) {
      for (const { to } of refers) expect(names).toContain(to);
      expect(reads).toEqual(expect.arrayContaining([...touchedOnly]));
    }
  });
});
