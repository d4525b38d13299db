import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { otherTracksOf } from '../../../src/store/catalog/tracks.ts';
import { openTwoEngines, type TwoEngines } from '../../fixtures/two-engines.ts';

// Opens two engines, which takes its time where eight suites share two cores.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** Tracks of one recording: what every compilation has. */
const MANY = 250;

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
      ...Array.from({ length: MANY }, (_, at) => track(`m${100 + at}`, 'm100', at % 50)),
    ],
  });
});
afterAll(() => engines?.close());

describe('otherTracksOf', () => {
  const idsOf = (lists: readonly (readonly { id: string }[])[]) =>
    lists.map((tracks) => tracks.map(({ id }) => id).join());

  it('has the other tracks of a recording, popular first, by both engines', async () => {
    const ids = ['a', 'b', 'e', 'f', 'g', 'gone'];
    const others = await otherTracksOf(20).load(engines.duckDbAlone, ids);
    expect(idsOf(others)).toEqual(['b,d,c', 'd,a,c', '', 'g', 'f', '']);
    expect(others[0]?.[0]).toMatchObject({ recordingId: 'a', audioFeatures: { energy: 0.5 } });
    expect(await otherTracksOf(20).load(engines.withIndex, ids)).toEqual(others);
    expect(engines.duckDbStatements()).toBe(0);
  });

  it('has no more of them than are asked for, by both engines, whether the track would be among them or not', async () => {
    const ids = ['b', 'm149', 'm100', 'm199'];
    for (const engine of [engines.duckDbAlone, engines.withIndex])
      expect(idsOf(await otherTracksOf(2).load(engine, ids))).toEqual([
        'd,a',
        'm199,m249',
        'm149,m199',
        'm149,m249',
      ]);
  });

  it('reads no more than that of a recording of many tracks, which the index holds once for each', async () => {
    let read = 0;
    const serving = engines.index.observed((_sql, _params, run) => {
      const rows = run();
      read += rows.length;
      return rows;
    });
    const ids = Array.from({ length: 100 }, (_, at) => `m${100 + at}`);
    const lists = await otherTracksOf(3).load({ ...engines.withIndex, serving }, ids);
    expect(lists.every(({ length }) => length === 3)).toBe(true);
    expect(read).toBeLessThanOrEqual(ids.length * (1 + 3 + 1));
    expect(engines.index.all('select count(*) as n from recording_tracks', [])).toEqual([
      { n: 4 + 2 + MANY },
    ]);
  });
});
