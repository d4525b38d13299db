import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyrightsOfAlbum } from '../../../src/store/catalog/copyrights.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Opens two engines, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let engines: TwoEngines;
beforeAll(async () => {
  engines = await openTwoEngines({
    albums: [
      { album_id: 'none', copyrights: [] },
      { album_id: 'not-told' },
      {
        album_id: 'three',
        copyrights: [
          { text: '1976 "Mercury"', type: 'P' },
          { text: '1976 Anthem', type: 'C' },
          { text: '© ΣΑΣ', type: null },
        ],
      },
    ],
  });
});
afterAll(() => engines?.close());

describe('copyrightsOfAlbum', () => {
  it('has the lines in the order of the source, by both engines, and by the index at once', async () => {
    const ids = ['three', 'none', 'not-told', 'gone'];
    const lines = [
      { text: '1976 "Mercury"', type: 'SOUND_RECORDING' },
      { text: '1976 Anthem', type: 'COPYRIGHT' },
      { text: '© ΣΑΣ', type: null },
    ];
    for (const catalog of [engines.withIndex, engines.duckDbAlone])
      expect(await copyrightsOfAlbum.load(catalog, ids)).toEqual([lines, [], [], []]);
    expect(copyrightsOfAlbum.findNow?.(engines.withIndex, ids)).toEqual([lines, [], [], []]);
    expect(engines.duckDbStatements()).toBe(0);
  });
});
