import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { execute, query } from '../execute.ts';

let opened: FixtureCatalog;
beforeAll(async () => {
  const observe = (entity: string, entity_id: string, measure: string, values: number[]) =>
    values.map((value, n) => ({
      entity,
      entity_id,
      measure,
      value,
      observed_at: `2026-11-0${1 + n}T00:00:00Z`,
      source: 'spotify',
    }));
  opened = await openFixtureCatalog({
    artists: [
      { artist_id: 'rush', name: 'Rush', genres: ['prog'] },
      { artist_id: 'abba', name: 'ABBA', genres: ['pop'] },
      { artist_id: 'new', name: 'New' },
    ],
    albums: [{ album_id: 'b', name: 'Hemispheres' }],
    tracks: [{ track_id: 't', name: 'La Villa Strangiato' }],
    observations: [
      ...observe('artist', 'rush', 'followers', [1_000, 1_100, 1_400]),
      ...observe('artist', 'abba', 'followers', [9_000, 9_800, 9_700]),
      ...observe('artist', 'new', 'followers', [5]),
      ...observe('album', 'b', 'popularity', [40, 30]),
      ...observe('track', 't', 'popularity', [0, 10]),
    ],
  });
});
afterAll(() => opened.close());

const ask = (source: string) => query(opened, `{ ${source} }`);
const moversOf = async (args: string) => {
  const { artistMovers } = await ask(`artistMovers(measure: FOLLOWERS${args}) { change artist { name } }`);
  return (artistMovers as { change: number; artist: { name: string } }[]).map(
    ({ change, artist }) => `${artist.name} ${change}`,
  );
};

describe('movers', () => {
  it('are whose figures gained, with what they were and are', async () => {
    expect(
      await ask(
        'artistMovers(measure: FOLLOWERS, first: 1) { artist { id name } before { observedAt value } now { observedAt value source } change growth }',
      ),
    ).toEqual({
      artistMovers: [
        {
          artist: { id: 'abba', name: 'ABBA' },
          before: { observedAt: '2026-11-01T00:00:00.000Z', value: 9_000 },
          now: { observedAt: '2026-11-03T00:00:00.000Z', value: 9_700, source: 'spotify' },
          change: 700,
          growth: 700 / 9_000,
        },
      ],
    });
  });

  it.each([
    ['', ['ABBA 700', 'Rush 400']],
    [', by: GROWTH', ['Rush 400', 'ABBA 700']],
    [', from: "2026-11-02T00:00:00Z"', ['Rush 300']],
    [', from: "2026-11-02T00:00:00Z", direction: ASC', ['ABBA -100']],
    [', to: "2026-11-03T00:00:00Z"', ['ABBA 800', 'Rush 100']],
    [', where: { genres: { some: { eq: "prog" } } }', ['Rush 400']],
    [', from: "2026-12-01T00:00:00Z"', []],
  ])('follow their arguments: %s', async (args, expected) => {
    expect(await moversOf(args)).toEqual(expected);
  });

  it('are albums and tracks likewise', async () => {
    expect(
      await ask(`albumMovers(direction: ASC) { album { name } change growth }
        trackMovers(measure: POPULARITY) { track { name } change growth } lost: trackMovers(direction: ASC) { change }`),
    ).toEqual({
      albumMovers: [{ album: { name: 'Hemispheres' }, change: -10, growth: -0.25 }],
      trackMovers: [{ track: { name: 'La Villa Strangiato' }, change: 10, growth: null }],
      lost: [],
    });
  });

  it.each([
    [
      'artistMovers(measure: TRACK_COUNT) { change }',
      '"measure" is TRACK_COUNT, which is not observed over time; POPULARITY, FOLLOWERS, STREAMS or MONTHLY_LISTENERS is expected.',
    ],
    ['trackMovers(first: 0) { change }', '"first" is 0; a whole number from 1 to 100 is expected.'],
  ])('refuse what nobody can tell: %s', async (source, message) => {
    const { errors } = await execute(opened, `{ ${source} }`);
    expect(errors?.[0]?.message).toBe(message);
  });
});
