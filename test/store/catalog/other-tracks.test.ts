import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { otherTracksOf } from '../../../src/store/catalog/tracks.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Opens two engines, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let engines: TwoEngines;
beforeAll(async () => {
  const track = (track_id: string, recording_id: string, popularity: number | null = null) => ({
    track_id,
    recording_id,
    popularity,
    energy: 0.5,
  });
  engines = await openTwoEngines({
    tracks: [
      track('a', 'a', 10),
      track('b', 'a', 30),
      track('c', 'a'),
      track('d', 'a', 30),
      track('e', 'e', 90),
      track('f', 'f'),
      track('g', 'f'),
    ],
  });
});
afterAll(() => engines?.close());

describe('otherTracksOf', () => {
  it('has the other tracks of a recording, popular first, by both engines and by the index at once', async () => {
    const ids = ['a', 'b', 'e', 'f', 'g', 'gone'];
    const others = await otherTracksOf.load(engines.duckDbAlone, ids);
    expect(others.map((tracks) => tracks.map(({ id }) => id).join())).toEqual([
      'b,d,c',
      'd,a,c',
      '',
      'g',
      'f',
      '',
    ]);
    expect(others[0]?.[0]).toMatchObject({ recordingId: 'a', audioFeatures: { energy: 0.5 } });
    expect(await otherTracksOf.load(engines.withIndex, ids)).toEqual(others);
    expect(otherTracksOf.findNow?.(engines.withIndex, ids)).toEqual(others);
    expect(engines.duckDbStatements()).toBe(0);
  });
});
