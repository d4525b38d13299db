import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import type { KeyChange } from '../../../src/store/snapshots/changed-keys.ts';
import { createDiffSnapshots, type DiffLimits } from '../../../src/store/snapshots/diff.ts';
import { openPublisher, type Publisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

let dataDir: string;
let publisher: Publisher;
beforeEach(async () => {
  dataDir = makeTempFolder();
  publisher = await openPublisher(dataDir);
  onTestFinished(() => publisher.close());
});

type Keys = Readonly<Record<string, readonly string[]>>;

const limits: DiffLimits = {
  memoryMb: 256,
  tempMaxMb: 64,
  timeoutMs: 30_000,
  clock: systemClock,
  signal: new AbortController().signal,
};
const diffSnapshots = (...args: Parameters<ReturnType<typeof createDiffSnapshots>>) =>
  createDiffSnapshots(publisher.store, limits)(...args);

/** What changed from one content of gold.images to another. */
async function diff(before: string, after: string, keys: { before?: Keys; after?: Keys }) {
  const from = await publisher.publish({ 'gold.images': before }, keys.before);
  const to = await publisher.publish({ 'gold.images': after }, keys.after);
  const [found] = await diffSnapshots(from.id, to);
  if (!found) throw new Error('gold.images is not compared');
  return found;
}

const KEYS = { 'gold.images': ['entity', 'entity_id', 'url'] };
const images = (count: number, width = 640) =>
  `select 'album' as entity, 'a' as entity_id, 'u' || i as url, ${width} as width from range(${count}) t(i)`;

describe('createDiffSnapshots', () => {
  it('tells rows apart by the key in the manifest, whatever the first column is', async () => {
    const found = await diff(images(3), images(4), { before: KEYS, after: KEYS });
    expect(found).toMatchObject({ layer: 'gold', name: 'images', added: 1, removed: 0, changed: 0 });
  });

  it('compares 20 000 rows that share their first column', async () => {
    const found = await diff(images(20_000), images(20_001, 300), { before: KEYS, after: KEYS });
    expect(found).toMatchObject({ added: 1, removed: 0, changed: 20_000 });
  });

  it('takes the key of the newer where the older manifest has none', async () => {
    expect(await diff(images(4), images(3), { after: KEYS })).toMatchObject({
      added: 0,
      removed: 1,
      changed: 0,
    });
  });

  it('counts null as a value of a key', async () => {
    const row = (genre: string, position: number) => `select ${genre} as genre, ${position} as position`;
    const keys = { 'gold.images': ['genre'] };
    const before = `${row('null::varchar', 1)} union all ${row("'rock'", 1)}`;
    const after = `${row('null::varchar', 2)} union all ${row("'pop'", 1)}`;
    expect(await diff(before, after, { before: keys, after: keys })).toMatchObject({
      added: 1,
      removed: 1,
      changed: 1,
    });
  });

  it('compares whole rows where no key is known, each as often as it is there', async () => {
    const twice = (n: number) => `select 'x' as a, ${n} as b from range(2)`;
    expect(
      await diff(`${twice(1)} union all ${twice(2)}`, `${twice(1)} union all select 'x', 3`, {}),
    ).toMatchObject({
      added: 1,
      removed: 2,
      changed: 0,
    });
  });

  it('counts every row of both where the key is a column that the older one lacks', async () => {
    const found = await diff('select 1 as old from range(3)', images(2), { after: KEYS });
    expect(found).toMatchObject({ added: 2, removed: 3, changed: 0 });
  });

  it('counts a row as changed where a column came', async () => {
    const keys = { 'gold.images': ['id'] };
    const found = await diff('select 1 as id', 'select 1 as id, 2 as b', { before: keys, after: keys });
    expect(found).toMatchObject({ added: 0, removed: 0, changed: 1 });
  });

  it('compares the relations that are named, each once, those of silver only so, and refuses others with the nearest', async () => {
    const select = 'select 1 as id';
    const relations = { 'silver.tracks': select, 'gold.tracks': select, 'warehouse.track_search': select };
    const from = await publisher.publish({ 'gold.tracks': 'select 2 as id' });
    const to = await publisher.publish(relations);
    const names = async (...named: string[]) =>
      (await diffSnapshots(from.id, to, named.length > 0 ? named : null)).map(
        ({ layer, name }) => `${layer}.${name}`,
      );
    expect(await names()).toEqual(['gold.tracks', 'warehouse.track_search']);
    expect(await names('gold.tracks', 'gold.tracks')).toEqual(['gold.tracks']);
    expect(await names('gold.tracks', 'silver.tracks')).toEqual(['gold.tracks', 'silver.tracks']);
    expect(await diffSnapshots(from.id, to, [])).toEqual([]);
    await expect(names('gold.track')).rejects.toThrow(
      '"relations" names "gold.track", which neither snapshot has. Did you mean "gold.tracks"?',
    );
    await expect(names('bronze.documents')).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'relations' }),
    );
  });

  it('says of a relation of silver which keys changed, and what of them', async () => {
    const keys = { 'silver.tracks': ['track_id', 'source'] };
    const row = (batch: string) =>
      `select 't' as track_id, s as source, if(s = 'spotify', '${batch}', 'b0') as batch_id from (values ('spotify'), ('csv')) v(s)`;
    const from = await publisher.publish({ 'silver.tracks': row('b1') }, keys);
    const to = await publisher.publish({ 'silver.tracks': row('b2') }, keys);
    const [found] = await diffSnapshots(from.id, to, ['silver.tracks']);
    expect(found).toMatchObject({ layer: 'silver', name: 'tracks', added: 0, removed: 0, changed: 1 });
    expect(await found?.listKeys('CHANGED', 10)).toEqual([
      {
        key: { track_id: 't', source: 'spotify' },
        values: [{ column: 'batch_id', before: 'b1', after: 'b2' }],
      },
    ]);
  });

  it('lists what only the older one has as removed, with its keys', async () => {
    const relations = { 'gold.images': images(1), 'silver.images': images(1) };
    const from = await publisher.publish({ ...relations, 'gold.old': images(2) }, { 'gold.old': ['url'] });
    const to = await publisher.publish({ 'gold.images': images(1) });
    const diffs = await diffSnapshots(from.id, to);
    expect(diffs).toMatchObject([
      { layer: 'gold', name: 'images', added: 0, removed: 0, changed: 0 },
      { layer: 'gold', name: 'old', added: 0, removed: 2, changed: 0 },
    ]);
    expect(await diffs[1]?.listKeys('REMOVED', 10)).toEqual([
      { key: { url: 'u0' }, values: null },
      { key: { url: 'u1' }, values: null },
    ]);
    expect(await diffs[1]?.listKeys('CHANGED', 10)).toEqual([]);
    expect(await diffSnapshots(from.id, to, ['gold.old'])).toHaveLength(1);
  });
});

describe('RelationDiff.listKeys', () => {
  const keys = { before: KEYS, after: KEYS };
  const byId = { before: { 'gold.images': ['id'] }, after: { 'gold.images': ['id'] } };

  it('names keys of several columns, in their order and types', async () => {
    const row = (at: number, width: number) =>
      `select 'album' as entity, 'a' as entity_id, ${at} as url, ${width} as width`;
    const found = await diff(
      [row(2, 1), row(3, 1), row(4, 1)].join(' union all '),
      [row(10, 1), row(9, 1), row(3, 2), row(4, 1)].join(' union all '),
      keys,
    );
    const key = (url: number) => ({ entity: 'album', entity_id: 'a', url });
    expect(await found.listKeys('ADDED', 10)).toEqual([
      { key: key(9), values: null },
      { key: key(10), values: null },
    ]);
    expect(await found.listKeys('REMOVED', 10)).toEqual([{ key: key(2), values: null }]);
    expect(await found.listKeys('CHANGED', 10)).toEqual([
      { key: key(3), values: [{ column: 'width', before: 1, after: 2 }] },
    ]);
  });

  it('shows the columns that differ, nulls among them, as exports have their values', async () => {
    const row = (values: string) => `select 1 as id, ${values}, 'same' as same, null::integer as none`;
    const found = await diff(
      row(`null::varchar as came, 'x' as went, 0.25 as share, [1, null] as list, {'a': 1, 'b': null::varchar} as pair,
        timestamptz '2026-11-01T00:00:00Z' as at, 'nan'::double as odd`),
      row(`'' as came, null as went, 0.5 as share, null::integer[] as list, {'a': 1, 'b': 'b'} as pair,
        timestamptz '2026-11-02T00:00:00Z' as at, 1::double as odd`),
      byId,
    );
    expect(await found.listKeys('CHANGED', 10)).toEqual([
      {
        key: { id: 1 },
        values: [
          { column: 'came', before: null, after: '' },
          { column: 'went', before: 'x', after: null },
          { column: 'share', before: 0.25, after: 0.5 },
          { column: 'list', before: [1, null], after: null },
          { column: 'pair', before: { a: 1, b: null }, after: { a: 1, b: 'b' } },
          { column: 'at', before: '2026-11-01T00:00:00.000000Z', after: '2026-11-02T00:00:00.000000Z' },
          { column: 'odd', before: null, after: 1 },
        ],
      },
    ]);
  });

  it('takes null for a value of a key, the last one', async () => {
    const rows = (n: number, ...genres: string[]) =>
      genres.map((genre) => `select ${genre}::varchar as genre, ${n} as n`).join(' union all ');
    const genre = { 'gold.images': ['genre'] };
    const found = await diff(rows(1, 'null', "'rock'"), rows(2, 'null', "'rock'", "'pop'"), {
      before: genre,
      after: genre,
    });
    const changed = await found.listKeys('CHANGED', 10);
    expect(changed?.map(({ key }) => key.genre)).toEqual(['rock', null]);
    expect(await found.listKeys('ADDED', 10)).toEqual([{ key: { genre: 'pop' }, values: null }]);
  });

  it('gives the first of a relation in which everything changed, whatever its files hold', async () => {
    const rows = (word: string) =>
      `select i as id, '${word} ' || i as name, repeat('${word}', 500) as text, range(40) as list from range(40000) t(i)`;
    const found = await diff(rows('old'), rows('new'), byId);
    expect(found).toMatchObject({ added: 0, removed: 0, changed: 40_000 });
    const first = await found.listKeys('CHANGED', 3);
    expect(first?.map(({ key, values }) => [key.id, ...(values ?? []).map(({ column }) => column)])).toEqual([
      [0, 'name', 'text'],
      [1, 'name', 'text'],
      [2, 'name', 'text'],
    ]);
  });

  it('says null where no key is known, or the older lacks a column of it', async () => {
    const unknown = await diff('select 1 as a', 'select 2 as a', {});
    expect(unknown).toMatchObject({ added: 1, removed: 1 });
    expect(await unknown.listKeys('ADDED', 10)).toBeNull();
    const lacking = await diff('select 1 as old', images(2), { after: KEYS });
    expect(await lacking.listKeys('REMOVED', 10)).toBeNull();
    const same = await diff('select 1 as a', 'select 1 as a', {});
    expect(await same.listKeys('ADDED', 10)).toBeNull();
  });

  it('takes columns that came or went for null where they are not, and those of another type by their text', async () => {
    const found = await diff(
      `select 1 as id, 'x' as went, 5 as n, 1 as same union all select 2, null, 6, 1`,
      `select 1::bigint as id, 'five' as n, '1' as same, 'y' as came union all select 2, '6', '1', null`,
      byId,
    );
    expect(found).toMatchObject({ added: 0, removed: 0, changed: 2 });
    expect(await found.listKeys('CHANGED', 10)).toEqual([
      {
        key: { id: 1 },
        values: [
          { column: 'n', before: 5, after: 'five' },
          { column: 'came', before: null, after: 'y' },
          { column: 'went', before: 'x', after: null },
        ],
      },
      { key: { id: 2 }, values: [] },
    ]);
  });

  it('lists a relation that is new, and reads nothing where nothing changed', async () => {
    const odd = `select i as "a ""b"" c" from range(3) t(i)`;
    const from = await publisher.publish({ 'gold.tracks': 'select 1 as id' });
    const to = await publisher.publish(
      { 'gold.odd': odd, 'gold.tracks': 'select 1 as id' },
      { 'gold.odd': ['a "b" c'], 'gold.tracks': ['id'] },
    );
    rmSync(join(dataDir, 'gold', 'tracks'), { recursive: true });
    const [odds, tracks] = await diffSnapshots(from.id, to);
    expect(await odds?.listKeys('ADDED', 2)).toEqual([
      { key: { 'a "b" c': 0 }, values: null },
      { key: { 'a "b" c': 1 }, values: null },
    ]);
    expect(await odds?.listKeys('REMOVED', 2)).toEqual([]);
    expect(tracks).toMatchObject({ name: 'tracks', added: 0, removed: 0, changed: 0 });
    for (const change of ['ADDED', 'REMOVED', 'CHANGED'] as const)
      expect(await tracks?.listKeys(change, 2)).toEqual([]);
  });

  it('answers many at once, and leaves nothing behind', async () => {
    const found = await diff(images(50), `${images(60, 300)} where i > 4`, keys);
    const changes: KeyChange[] = ['ADDED', 'REMOVED', 'CHANGED'];
    const lists = await Promise.all([...changes, ...changes].map((change) => found.listKeys(change, 2)));
    expect(lists.map((list) => list?.length)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(lists.slice(3)).toEqual(lists.slice(0, 3));
    expect(await found.listKeys('ADDED', 100)).toHaveLength(10);
    expect(readdirSync(join(dataDir, 'tmp', 'diff'))).toEqual([]);
  });

  it('ends with the request', async () => {
    const from = await publisher.publish({ 'gold.images': images(10) }, KEYS);
    const to = await publisher.publish({ 'gold.images': images(10, 1) }, KEYS);
    const leaving = new AbortController();
    const diffOf = createDiffSnapshots(publisher.store, { ...limits, signal: leaving.signal });
    const [found] = await diffOf(from.id, to);
    leaving.abort();
    await expect(found?.listKeys('CHANGED', 2)).rejects.toThrow(
      expect.objectContaining({ code: 'CANCELLED' }),
    );
  });
});
