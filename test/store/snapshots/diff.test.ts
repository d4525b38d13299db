import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { diffSnapshots } from '../../../src/store/snapshots/diff.ts';
import { openPublisher, type Publisher } from '../../fixtures/published.ts';
import { makeTempFolder } from '../../fixtures/temp-folder.ts';

let publisher: Publisher;
beforeEach(async () => {
  publisher = await openPublisher(makeTempFolder());
  onTestFinished(() => publisher.close());
});

type Keys = Readonly<Record<string, readonly string[]>>;

/** What changed from one content of gold.images to another. */
async function diff(before: string, after: string, keys: { before?: Keys; after?: Keys }) {
  const from = await publisher.publish({ 'gold.images': before }, keys.before);
  const to = await publisher.publish({ 'gold.images': after }, keys.after);
  const [found] = await diffSnapshots(publisher.store, from.id, to, {
    memoryMb: 256,
    tempMaxMb: 64,
    timeoutMs: 5_000,
    clock: systemClock,
    signal: new AbortController().signal,
  });
  return found;
}

const KEYS = { 'gold.images': ['entity', 'entity_id', 'url'] };
const images = (count: number, width = 640) =>
  `select 'album' as entity, 'a' as entity_id, 'u' || i as url, ${width} as width from range(${count}) t(i)`;

describe('diffSnapshots', () => {
  it('tells rows apart by the key in the manifest, whatever the first column is', async () => {
    const found = await diff(images(3), images(4), { before: KEYS, after: KEYS });
    expect(found).toEqual({ layer: 'gold', name: 'images', added: 1, removed: 0, changed: 0 });
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
});
