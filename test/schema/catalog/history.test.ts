import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { execute, query } from '../execute.ts';

const DAYS = ['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'];
const at = (day: string) => `${day}T12:00:00.000Z`;

let opened: FixtureCatalog;
beforeAll(async () => {
  const observe = (entity: string, entity_id: string, first: number) =>
    DAYS.map((day, n) => ({
      entity,
      entity_id,
      measure: 'popularity',
      observed_at: at(day),
      value: first + n,
      source: 'spotify',
    })).reverse();
  opened = await openFixtureCatalog({
    artists: [{ artist_id: 'x' }],
    albums: [{ album_id: 'x', artists: ['x'] }],
    tracks: [
      { track_id: 'x', album_id: 'x', artists: ['x'], popularity: 3 },
      { track_id: 'y', popularity: 2 },
      { track_id: 'z', popularity: 1 },
    ],
    observations: [
      ...observe('artist', 'x', 80),
      ...observe('album', 'x', 40),
      ...observe('track', 'x', 20),
      ...observe('track', 'y', 30),
    ],
  });
});
afterAll(() => opened.close());

type Values = { history: { value: number }[] };
const valuesOf = ({ history }: Values) => history.map(({ value }) => value);
const values = async (args: string) => {
  const answer = await query(opened, `{ tracks { nodes { history${args} { value } } } }`);
  return (answer.tracks as { nodes: Values[] }).nodes.map(valuesOf);
};

describe('history', () => {
  it('of tracks, albums and artists of one id are told apart', async () => {
    const answer = (await query(
      opened,
      `{ track(id: "x") { history { observedAt value source } album { history(measure: POPULARITY) { value } }
           artists { history(measure: POPULARITY) { value } } } }`,
    )) as { track: Values & { album: Values; artists: [Values] } };
    expect(answer.track.history).toEqual(
      DAYS.map((day, n) => ({ observedAt: at(day), value: 20 + n, source: 'spotify' })),
    );
    expect(valuesOf(answer.track.album)).toEqual([40, 41, 42, 43]);
    expect(valuesOf(answer.track.artists[0])).toEqual([80, 81, 82, 83]);
  });

  it.each([
    ['', [20, 21, 22, 23]],
    ['(from: "2026-11-03T12:00:00Z")', [22, 23]],
    ['(to: "2026-11-03T12:00:00Z")', [20, 21]],
    ['(from: "2026-11-02T12:00:00.001Z", to: "2026-11-04T13:00:00+01:00")', [22]],
    ['(last: 1)', [23]],
    ['(last: 3)', [21, 22, 23]],
    ['(last: 100)', [20, 21, 22, 23]],
    ['(to: "2026-11-04T00:00:00Z", last: 2)', [21, 22]],
    ['(from: "2027-01-01T00:00:00Z")', []],
  ])('keeps to its window, oldest first: %s', async (args, expected) => {
    expect(await values(args)).toEqual([expected, expected.map((value) => value + 10), []]);
  });

  it('of a page of tracks takes as many statements as that of one', async () => {
    const statementsOf = async (first: number) => {
      const before = opened.open.statements;
      await query(opened, `{ tracks(first: ${first}) { nodes { history(last: 2) { value } } } }`);
      return opened.open.statements - before;
    };
    expect(await statementsOf(3)).toBe(await statementsOf(1));
  });

  it('refuses to show none, or more than a page holds', async () => {
    for (const last of [0, 1_001]) {
      const { errors } = await execute(opened, `{ track(id: "x") { history(last: ${last}) { value } } }`);
      expect(errors?.[0]?.message).toBe(`"last" is ${last}; a whole number from 1 to 1000 is expected.`);
    }
  });
});
