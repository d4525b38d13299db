import { describe, expect, it, onTestFinished } from 'vitest';
import { shareTerm } from '../../../src/store/catalog/credit-fit.ts';
import { findCredits } from '../../../src/store/catalog/search-credits.ts';
import type { ServingIndex } from '../../../src/store/serving/serving-index.ts';
import { openTwoEngines } from '../../fixtures/two-engines.ts';

describe('findCredits', () => {
  it('reads a track of two artists who are found once, by artists alone too', async () => {
    // More than are good enough hold either word, so that the few artists are the shorter way.
    const crowd = Array.from({ length: 310 }, (_, at) => ({
      track_id: `c${at}`,
      name: `Halcyon Meadow ${at}`,
    }));
    const engines = await openTwoEngines({
      artists: [
        { artist_id: 'a1', name: 'Halcyon One' },
        { artist_id: 'a2', name: 'Halcyon Two' },
      ],
      tracks: [...crowd, { track_id: 't1', name: 'Meadow Nine', artists: ['a1', 'a2'] }],
    });
    onTestFinished(() => engines.close());
    const term = shareTerm('halcyon meadow');
    const asked: string[] = [];
    const serving: ServingIndex = Object.assign(Object.create(engines.index), {
      all: (...[sql, params]: Parameters<ServingIndex['all']>) => {
        asked.push(sql);
        return engines.index.all(sql, params);
      },
    });
    for (const catalog of [{ ...engines.withIndex, serving }, engines.duckDbAlone])
      expect((await findCredits(catalog, 'TRACK', term)).map(({ row }) => row.text)).toEqual([
        ' meadow nine ',
      ]);
    expect(asked.at(-1)).not.toContain(' union ');
  });
});
