// Where tracks and albums may be played. Nearly all of them share a few sets of markets, so a row names a set (gold.market_sets).
import { InvalidInputError } from '../../errors.ts';
import type { Catalog, SqlFragment } from './catalog.ts';
import { findQuickMarkets } from './engine.ts';
import { findByKeys, type Listing, type NestedField } from './listing.ts';
import { fragment, textList } from './sql-fragment.ts';

/** Null where no source names one; parents are ids of tracks. */
export const marketsOfTrack = marketsOf('Track.markets', 't.track_id', {
  name: 'markets',
  from: 'gold.tracks t',
  columns: 't.market_set_id',
  toEntity: (row) => row.market_set_id,
  quick: { entity: 'tracks', alias: 't' },
});

/** Null where no source names one; parents are ids of albums. */
export const marketsOfAlbum = marketsOf('Album.markets', 'b.album_id', {
  name: 'markets',
  from: 'gold.albums b',
  columns: 'b.market_set_id',
  toEntity: (row) => row.market_set_id,
  quick: { entity: 'albums', alias: 'b' },
});

/**
 * Holds where a row's set has the market.
 *
 * @param column the row's set
 * @param path names the filter in errors, e.g. where.market
 * @throws InvalidInputError for what is no code of a market
 */
export function compileMarketFilter(market: string, column: string, path: string): SqlFragment {
  if (!/^[A-Z]{2}$/.test(market)) {
    const expected = 'an ISO 3166-1 alpha-2 country in capitals, e.g. DE';
    throw new InvalidInputError(`"${path}" is "${market}"; ${expected}, is expected.`, {
      field: path,
      given: market,
      expected,
    });
  }
  return fragment(`${column} in (select m.market_set_id from gold.market_sets m where m.market = ?)`, market);
}

function marketsOf(
  field: string,
  key: string,
  listing: Listing<{ readonly market_set_id: string | null }, string | null>,
): NestedField<readonly string[] | null> {
  return {
    key: field,
    load: async (catalog, ids) => {
      const sets = await findByKeys(catalog, listing, key, ids);
      const markets = await findMarkets(catalog, [...new Set(sets.filter((set) => set !== null))]);
      return sets.map((set) => (set === null ? null : (markets.get(set) ?? null)));
    },
  };
}

/** The markets of each set, by code. */
async function findMarkets(
  catalog: Catalog,
  sets: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (sets.length === 0) return new Map();
  const quick = await findQuickMarkets(catalog, sets);
  if (quick) return quick;
  const rows = await catalog.all<{ market_set_id: string; markets: string[] }>(
    `select market_set_id, list(market order by market) as markets from gold.market_sets
     where market_set_id in (select unnest(?)) group by market_set_id`,
    [textList(sets)],
  );
  return new Map(rows.map(({ market_set_id, markets }) => [market_set_id, markets]));
}
