import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { query } from '../execute.ts';

let opened: FixtureCatalog;
beforeAll(async () => {
  opened = await openFixtureCatalog({
    tracks: [
      { track_id: 'a', energy: 0.5, mode: 1, features_provider: 'spotify' },
      { track_id: 'b', energy: 0.25, features_provider: 'tidytuesday' },
      { track_id: 'c' },
    ],
    audio_features_by_provider: [
      { track_id: 'a', provider: 'tidytuesday', energy: 0.75, mode: 0, is_resolved: false },
      { track_id: 'a', provider: 'reccobeats', energy: 0.625, key: 11, is_resolved: false },
    ],
  });
});
afterAll(() => opened.close());

describe('audio features by provider', () => {
  it('are those that a track shows, then those of others by name, for all tracks in one statement', async () => {
    const source = '{ tracks { nodes { audioFeaturesByProvider { provider energy keyName mode } } } }';
    const before = opened.open.statements;
    expect(await query(opened, source)).toEqual({
      tracks: {
        nodes: [
          {
            audioFeaturesByProvider: [
              { provider: 'spotify', energy: 0.5, keyName: null, mode: 'MAJOR' },
              { provider: 'reccobeats', energy: 0.625, keyName: 'B', mode: null },
              { provider: 'tidytuesday', energy: 0.75, keyName: null, mode: 'MINOR' },
            ],
          },
          {
            audioFeaturesByProvider: [{ provider: 'tidytuesday', energy: 0.25, keyName: null, mode: null }],
          },
          { audioFeaturesByProvider: [] },
        ],
      },
    });
    expect(opened.open.statements - before).toBe(2);
  });
});
