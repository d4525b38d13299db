import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyOf, type ObservedWindow } from '../../../src/store/catalog/observations.ts';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';

const at = (day: number) => Date.UTC(2026, 0, day, 6);

let opened: FixtureCatalog;
beforeAll(async () => {
  const observed = (entity_id: string, day: number, value: number, source = 'spotify') => ({
    entity: 'artist',
    entity_id,
    measure: 'followers',
    observed_at: new Date(at(day)).toISOString(),
    value,
    source,
  });
  opened = await openFixtureCatalog({
    observations: [
      observed('rush', 3, 30),
      observed('rush', 1, 10),
      observed('rush', 2, 20, 'other'),
      observed('rush', 2, 21),
      observed('yes', 2, 5),
      { ...observed('rush', 1, 70), measure: 'popularity' },
      { ...observed('rush', 1, 99), entity: 'album' },
    ],
  });
});
afterAll(() => opened?.close());

const values = async (window: ObservedWindow, ids = ['rush']) =>
  (await historyOf('artist', 'FOLLOWERS', window).load(opened.catalog, ids)).map((list) =>
    list.map(({ value }) => value),
  );

describe('historyOf', () => {
  it('gives what was observed of each artist, oldest first, then by source; none of what gold counts itself', async () => {
    expect(await values({}, ['nobody', 'rush', 'yes'])).toEqual([[], [10, 20, 21, 30], [5]]);
    const [[first] = []] = await historyOf('artist', 'POPULARITY').load(opened.catalog, ['rush']);
    expect(first).toMatchObject({
      value: 70,
      source: 'spotify',
      observedAt: new Date(at(1)).toISOString(),
    });
    expect(await historyOf('artist', 'TRACK_COUNT').load(opened.catalog, ['rush'])).toEqual([[]]);
  });

  it.each<[string, ObservedWindow, number[]]>([
    ['from an instant on', { from: at(2) }, [20, 21, 30]],
    ['up to an instant', { to: at(2) }, [10]],
    ['between two', { from: at(2), to: at(3) }, [20, 21]],
    ['in no time at all', { from: at(3), to: at(2) }, []],
    ['the last ones', { last: 2 }, [21, 30]],
    ['as many as there are', { last: 1_000 }, [10, 20, 21, 30]],
    ['the last before an instant', { to: at(3), last: 1 }, [21]],
    ['where null is no bound', { from: null, to: null, last: null }, [10, 20, 21, 30]],
  ])('gives a part of it: %s', async (_what, args, expected) => {
    expect(await values(args)).toEqual([expected]);
  });

  it('gives the last ones of each artist', async () => {
    expect(await values({ last: 1 }, ['yes', 'rush'])).toEqual([[5], [30]]);
  });
});
