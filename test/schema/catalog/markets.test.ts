import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FixtureCatalog, openFixtureCatalog } from '../../fixtures/gold.ts';
import { execute, query } from '../execute.ts';

const TRACKS = 30;
let opened: FixtureCatalog;
beforeAll(async () => {
  opened = await openFixtureCatalog({
    market_sets: [
      { market_set_id: 'both', market: 'JP' },
      { market_set_id: 'both', market: 'DE' },
      { market_set_id: 'one', market: 'JP' },
    ],
    albums: [{ album_id: 'b', market_set_id: 'both' }],
    tracks: Array.from({ length: TRACKS }, (_, at) => ({
      track_id: `t${String(at).padStart(2, '0')}`,
      album_id: 'b',
      market_set_id: ['both', 'one', null][at % 3] ?? null,
    })),
  });
});
afterAll(() => opened.close());

describe('markets', () => {
  it('are those of the track and of the album, from A to Z, and null where nobody names one', async () => {
    expect(
      await query(
        opened,
        '{ tracks(first: 3) { nodes { markets album { markets } } } albums { nodes { markets } } }',
      ),
    ).toEqual({
      tracks: {
        nodes: [['DE', 'JP'], ['JP'], null].map((markets) => ({ markets, album: { markets: ['DE', 'JP'] } })),
      },
      albums: { nodes: [{ markets: ['DE', 'JP'] }] },
    });
  });

  it('filter tracks and albums, and what has none passes for no market', async () => {
    const count = async (field: string, where: string) =>
      ((await query(opened, `{ ${field}(where: ${where}) { totalCount } }`))[field] as { totalCount: number })
        .totalCount;
    expect(await count('tracks', '{ market: "DE" }')).toBe(10);
    expect(await count('tracks', '{ market: "JP", not: { market: "DE" } }')).toBe(10);
    expect(await count('tracks', '{ not: { market: "JP" } }')).toBe(10);
    expect(await count('tracks', '{ album: { market: "JP" }, market: "SE" }')).toBe(0);
    expect(await count('albums', '{ market: "DE" }')).toBe(1);
    const { errors } = await execute(opened, '{ tracks(where: { market: "Germany" }) { totalCount } }');
    expect(errors?.[0]?.message).toBe(
      '"where.market" is "Germany"; an ISO 3166-1 alpha-2 country in capitals, e.g. DE, is expected.',
    );
  });

  it('of a page take as many statements as those of one track', async () => {
    const statementsOf = async (first: number) => {
      const before = opened.open.statements;
      await query(opened, `{ tracks(first: ${first}) { nodes { markets } } }`);
      return opened.open.statements - before;
    };
    expect(await statementsOf(TRACKS)).toBe(await statementsOf(1));
  });
});
