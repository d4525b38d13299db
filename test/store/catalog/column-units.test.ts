import { describe, expect, it } from 'vitest';
import { createColumnUnits } from '../../../src/store/catalog/column-units.ts';
import { openFixtureCatalog } from '../../fixtures/gold.ts';

const row = (place: number) => ({ place, at: 2, largest: 1, rows: 3 });

describe('createColumnUnits', () => {
  it('asks for each column once, all that are missing in one statement', async () => {
    const asked: string[] = [];
    const findUnits = createColumnUnits(async (sql) => {
      asked.push(sql);
      return [row(0), row(1)];
    }, 'tracks t');
    expect(await findUnits([])).toEqual(new Map());
    const units = { scale: 100, largest: 100, total: 300 };
    const both = await Promise.all([findUnits(['t.a', 't.b']), findUnits(['t.b', 't.a'])]);
    expect(both[0]).toEqual(
      new Map([
        ['t.a', units],
        ['t.b', units],
      ]),
    );
    expect(asked).toHaveLength(1);
    await findUnits(['t.a', 't.c']);
    expect(asked).toHaveLength(2);
    expect(asked[1]).not.toContain('t.a');
  });

  it('asks anew after a statement that failed', async () => {
    let tries = 0;
    const findUnits = createColumnUnits(async () => {
      tries += 1;
      if (tries === 1) throw new Error('cut off');
      return [row(0)];
    }, 'tracks t');
    await expect(findUnits(['t.a'])).rejects.toThrow('cut off');
    expect(await findUnits(['t.a'])).toEqual(new Map([['t.a', { scale: 100, largest: 100, total: 300 }]]));
  });

  it('finds the units of a snapshot without a statement that a request would be counted', async () => {
    const { catalog, open, close } = await openFixtureCatalog({
      tracks: [
        { track_id: 't1', energy: 0.25, tempo: 1 / 3 },
        { track_id: 't2', energy: null },
      ],
    });
    expect(await catalog.findUnits(['t.energy', 't.tempo'])).toEqual(
      new Map([
        ['t.energy', { scale: 100, largest: 25, total: 50 }],
        ['t.tempo', null],
      ]),
    );
    expect(open.statements).toBe(0);
    await close();
  });
});
